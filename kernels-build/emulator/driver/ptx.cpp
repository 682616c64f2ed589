#include "ptx.h"

#include <cctype>
#include <cstdlib>
#include <map>

namespace cuemu {

namespace {

struct Token {
    std::string text;  // empty at the end
    size_t line;
};

// Splits PTX into words, numbers and single signs; comments and strings carry nothing that is wanted here.
class Tokens {
public:
    explicit Tokens(const std::string& text) : text_(text) {}

    Token next() {
        skip();
        if (at_ >= text_.size()) return {"", line_};
        size_t begin = at_;
        if (text_[at_] == '"') {
            for (at_++; at_ < text_.size() && text_[at_] != '"'; at_++) line_ += text_[at_] == '\n';
            at_++;
            return {"\"\"", line_};
        }
        while (at_ < text_.size() && word(text_[at_])) at_++;
        if (at_ == begin) at_++;
        return {text_.substr(begin, at_ - begin), line_};
    }

private:
    static bool word(char c) { return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '.' || c == '%'; }

    void skip() {
        while (at_ < text_.size()) {
            if (text_[at_] == '\n') line_++;
            if (isspace((unsigned char)text_[at_])) at_++;
            else if (text_.compare(at_, 2, "//") == 0) while (at_ < text_.size() && text_[at_] != '\n') at_++;
            else if (text_.compare(at_, 2, "/*") == 0) {
                size_t end = text_.find("*/", at_ + 2);
                if (end == std::string::npos) end = text_.size();
                for (; at_ < end + 2 && at_ < text_.size(); at_++) line_ += text_[at_] == '\n';
            } else return;
        }
    }

    const std::string& text_;
    size_t at_ = 0, line_ = 1;
};

size_t type_bytes(const std::string& type) {
    static const std::map<std::string, size_t>* sizes = new std::map<std::string, size_t>{
        {".u8", 1}, {".s8", 1}, {".b8", 1}, {".u16", 2}, {".s16", 2}, {".b16", 2}, {".f16", 2}, {".bf16", 2}, {".f16x2", 4}, {".bf16x2", 4},
        {".u32", 4}, {".s32", 4}, {".b32", 4}, {".f32", 4}, {".u64", 8}, {".s64", 8}, {".b64", 8}, {".f64", 8}, {".b128", 16}};
    auto found = sizes->find(type);
    return found == sizes->end() ? 0 : found->second;
}

struct Variable {
    std::string name;
    size_t bytes = 0;
};

class Parser {
public:
    Parser(const std::string& text, Ptx* ptx) : tokens_(text), ptx_(ptx) { advance(); }

    bool run(std::string* error) {
        bool good = header() && module();
        if (!good) *error = "line " + std::to_string(token_.line) + ": " + why_;
        return good;
    }

private:
    void advance() { token_ = tokens_.next(); }
    bool is(const char* text) const { return token_.text == text; }
    bool wrong(const std::string& why) {
        why_ = why + (token_.text.empty() ? ", got the end of the text" : ", got \"" + token_.text.substr(0, 40) + "\"");
        return false;
    }

    bool header() {
        if (!is(".version")) return wrong("PTX must begin with .version");
        advance();
        char* rest = nullptr;
        long major = strtol(token_.text.c_str(), &rest, 10);
        if (major < 1 || *rest != '.') return wrong("expected a version like 7.8");
        ptx_->version = (int)major * 10 + atoi(rest + 1);
        advance();
        if (!is(".target")) return wrong("expected .target");
        advance();
        if (token_.text.compare(0, 3, "sm_")) return wrong("expected a target like sm_80");
        ptx_->target = atoi(token_.text.c_str() + 3);
        advance();
        return true;
    }

    bool module() {
        int depth = 0;
        while (!token_.text.empty()) {
            if (is("{")) depth++;
            if (is("}") && --depth < 0) return wrong("a brace too many");
            if (depth == 0 && is(".entry")) {
                if (!entry()) return false;
                continue;
            }
            if (depth == 0 && is(".shared")) {
                advance();
                Variable v = variable();
                module_shared_[v.name] = v.bytes;
                continue;
            }
            advance();
        }
        return depth == 0 || wrong("a closing brace is missing");
    }

    // After the state space: [.align n] type name[n][m]; stops behind it.
    Variable variable() {
        Variable v;
        size_t element = 1, count = 1;
        while (!token_.text.empty() && token_.text[0] == '.') {
            if (is(".align")) {
                advance();
            } else if (size_t bytes = type_bytes(token_.text)) {
                element = bytes;
            } else if (is(".v2") || is(".v4")) {
                count *= is(".v2") ? 2 : 4;
            }
            advance();
        }
        v.name = token_.text;
        advance();
        while (is("[")) {
            advance();
            if (is("]")) count = 0;
            else {
                count *= strtoul(token_.text.c_str(), nullptr, 0);
                advance();
            }
            if (is("]")) advance();
        }
        v.bytes = element * count;
        return v;
    }

    bool entry() {
        PtxEntry e;
        advance();
        e.name = token_.text;
        if (e.name.empty() || !(isalpha((unsigned char)e.name[0]) || e.name[0] == '_' || e.name[0] == '$')) return wrong("expected a kernel's name");
        advance();
        if (is("(")) {
            advance();
            while (!is(")")) {
                if (is(",")) advance();
                if (!is(".param")) return wrong("expected .param in the list of " + e.name);
                advance();
                e.parameter_bytes.push_back(variable().bytes);
            }
            advance();
        }
        while (!is("{")) {
            if (token_.text.empty() || is(";")) return wrong("expected the body of " + e.name);
            if (is(".maxntid") || is(".reqntid")) {
                e.max_threads = 1;
                do {
                    advance();
                    e.max_threads *= (unsigned)strtoul(token_.text.c_str(), nullptr, 10);
                    advance();
                } while (is(","));
            } else advance();
        }
        return body(&e);
    }

    bool body(PtxEntry* e) {
        int depth = 0;
        std::map<std::string, bool> counted;
        do {
            if (token_.text.empty()) return wrong("the body of " + e->name + " does not end");
            if (is("{")) depth++;
            if (is("}")) depth--;
            if (is(".shared")) {
                advance();
                e->static_shared += variable().bytes;
                continue;
            }
            auto module_variable = module_shared_.find(token_.text);
            if (module_variable != module_shared_.end() && !counted[token_.text]) {
                counted[token_.text] = true;
                e->static_shared += module_variable->second;
            }
            advance();
        } while (depth > 0);
        ptx_->entries.push_back(*e);
        return true;
    }

    Tokens tokens_;
    Token token_{"", 1};
    Ptx* ptx_;
    std::string why_;
    std::map<std::string, size_t> module_shared_;  // of this module, extern ones with size 0
};

}  // namespace

const PtxEntry* Ptx::find(const std::string& name) const {
    for (const PtxEntry& e : entries) {
        if (e.name == name) return &e;
    }
    return nullptr;
}

bool parse_ptx(const std::string& text, Ptx* ptx, std::string* error) { return Parser(text, ptx).run(error); }

}  // namespace cuemu
