// Finds, opens and names the kernel libraries.
#include "libraries.h"

#include <dirent.h>
#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <vector>

#include "../include/cuemu/abi.h"

extern "C" void* __tls_get_addr(void*);  // of the dynamic linker: start + offset of a module's thread-local block on this thread

namespace cuemu {
namespace {

struct Registry {
    std::deque<Library> libraries;  // deques: pointers into them stay valid
    std::deque<Kernel> kernels;
    std::map<std::string, const Kernel*> by_name[2];
    std::string folder[2];
    bool opened[2] = {false, false};
    int loading = -1;
    std::string complaint;
};

// Made on first use and never destroyed: worker threads outlive static destruction.
Registry& registry() {
    static Registry* const instance = new Registry;
    return *instance;
}

std::string own_folder() {
    Dl_info info;
    if (dladdr(reinterpret_cast<void*>(&registry), &info) == 0) {
        return ".";
    }
    const std::string path = info.dli_fname;
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

int fill_image(dl_phdr_info* info, size_t, void* argument) {
    Library* library = static_cast<Library*>(argument);
    if (info->dlpi_name == nullptr || library->path != info->dlpi_name) {
        return 0;
    }
    library->begin = UINTPTR_MAX;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr)& header = info->dlpi_phdr[i];
        if (header.p_type == PT_LOAD) {
            library->begin = std::min(library->begin, static_cast<uintptr_t>(info->dlpi_addr + header.p_vaddr));
            library->end = std::max(library->end, static_cast<uintptr_t>(info->dlpi_addr + header.p_vaddr + header.p_memsz));
        } else if (header.p_type == PT_TLS) {
            library->tls_module = info->dlpi_tls_modid;
            library->tls_bytes = header.p_memsz;
        }
    }
    return 1;
}

void open_all(bool checked) {
    Registry& r = registry();
    r.opened[checked] = true;
    const char* given = getenv("CUEMU_KERNELS_DIR");
    std::string& folder = r.folder[checked];
    folder = (given != nullptr && given[0] != 0 ? std::string(given) : own_folder()) + (checked ? "/kernels_checked" : "/kernels");
    std::vector<std::string> names;
    if (DIR* dir = opendir(folder.c_str())) {
        while (const dirent* entry = readdir(dir)) {
            const std::string name = entry->d_name;
            if (name.size() > 3 && name.compare(name.size() - 3, 3, ".so") == 0) {
                names.push_back(name);
            }
        }
        closedir(dir);
    }
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        Library library{folder + "/" + name, checked, 0, 0, 0, 0};
        r.libraries.push_back(library);
        r.loading = static_cast<int>(r.libraries.size()) - 1;
        if (dlopen(library.path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
            r.complaint += std::string("; ") + dlerror();
        }
        r.loading = -1;
        dl_iterate_phdr(&fill_image, &r.libraries.back());
    }
}

std::string run_tool(const std::string& command) {
    std::string output;
    if (FILE* pipe = popen(command.c_str(), "r")) {
        char buffer[512];
        while (fgets(buffer, sizeof buffer, pipe) != nullptr) {
            output += buffer;
        }
        pclose(pipe);
    }
    return output;
}

// A demangled name without the parameters of its functions: "scan<4, (Passes)0>(float*, int)::row" is "scan<4, (Passes)0>::row".
std::string without_parameters(const std::string& name) {
    std::string text;
    int angles = 0, brackets = 0;
    for (const char c : name) {
        if (angles == 0 && c == '(') brackets++;
        if (brackets == 0) {
            angles += (c == '<') - (c == '>');
            text += c;
        }
        if (angles == 0 && c == ')') brackets--;
    }
    return text;
}

}  // namespace

void register_kernel(const char* name, unsigned max_threads, const size_t* bytes, size_t parameters, void (*invoke)(const void* const*)) {
    Registry& r = registry();
    if (r.loading < 0) {
        return;  // loaded by somebody else: its thread-local memory would not be ours to find
    }
    const bool checked = r.libraries[static_cast<size_t>(r.loading)].checked;
    r.kernels.push_back({name, max_threads, std::vector<size_t>(bytes, bytes + parameters), invoke, r.loading});
    if (!r.by_name[checked].emplace(name, &r.kernels.back()).second) {
        r.complaint += std::string("; two kernels are named ") + name;
    }
}

const Kernel* find_kernel(const std::string& name) {
    const bool checked = settings().checked;
    Registry& r = registry();
    if (!r.opened[checked]) {
        open_all(checked);
    }
    const auto found = r.by_name[checked].find(name);
    return found == r.by_name[checked].end() ? nullptr : found->second;
}

std::string kernel_libraries() {
    const bool checked = settings().checked;
    const Registry& r = registry();
    return std::to_string(r.by_name[checked].size()) + " kernels in " + (r.opened[checked] ? r.folder[checked] : "no folder yet") + r.complaint;
}

const Library& library_of(const Kernel& kernel) { return registry().libraries[static_cast<size_t>(kernel.library)]; }

const Kernel* in_build(const Kernel& kernel, bool checked) {
    if (library_of(kernel).checked == checked) {
        return &kernel;
    }
    Registry& r = registry();
    if (!r.opened[checked]) {
        open_all(checked);
    }
    const auto found = r.by_name[checked].find(kernel.name);
    return found == r.by_name[checked].end() ? nullptr : found->second;
}

uintptr_t static_shared(const Library& library) {
    if (library.tls_bytes == 0) {
        return 0;
    }
    size_t index[2] = {library.tls_module, 0};
    return reinterpret_cast<uintptr_t>(__tls_get_addr(index));
}

const Library* library_at(uintptr_t address) {
    for (const Library& library : registry().libraries) {
        if (address >= library.begin && address < library.end) {
            return &library;
        }
    }
    return nullptr;
}

std::string shared_variable_at(const Library& library, size_t offset) {
    // Thread-local symbols: value is the offset, type is in the sixth column of readelf's table.
    const std::string table = run_tool("readelf -sW '" + library.path + "' 2>/dev/null | awk '$4 == \"TLS\" { print $2, $3, $8 }' | sort -u | c++filt");
    size_t at = 0;
    while (at < table.size()) {
        const size_t end = std::min(table.find('\n', at), table.size());
        unsigned long value = 0, bytes = 0;
        int name = 0;
        const std::string line = table.substr(at, end - at);
        if (sscanf(line.c_str(), "%lx %lu %n", &value, &bytes, &name) == 2 && offset >= value && offset < value + bytes) {
            return without_parameters(line.substr(static_cast<size_t>(name))) + " + " + std::to_string(offset - value);
        }
        at = end + 1;
    }
    return "";
}

std::string source_line(uintptr_t pc) {
    const Library* library = library_at(pc);
    if (library == nullptr) {
        return "";
    }
    char offset[32];
    snprintf(offset, sizeof offset, "0x%zx", static_cast<size_t>(pc - library->begin));
    const std::string output = run_tool("addr2line -Cifse '" + library->path + "' " + offset + " 2>/dev/null");
    // Pairs of lines, function and file:line, from the innermost inlined call outwards.
    std::string text;
    size_t at = 0;
    while (at < output.size()) {
        const size_t middle = output.find('\n', at);
        const size_t end = middle == std::string::npos ? middle : output.find('\n', middle + 1);
        if (end == std::string::npos) {
            break;
        }
        const std::string function = output.substr(at, middle - at);
        std::string place = output.substr(middle + 1, end - middle - 1);
        const size_t extra = place.find(" (discriminator");
        if (extra != std::string::npos) {
            place.resize(extra);
        }
        const bool own_header = place.compare(0, 10, "threads.h:") == 0 || place.compare(0, 7, "math.h:") == 0;
        if (place[0] != '?' && !own_header && function.compare(0, 7, "cuemu::") != 0) {
            text += (text.empty() ? "" : " < ") + place + " " + without_parameters(function);
        }
        at = end + 1;
    }
    if (text.empty()) {
        const size_t slash = library->path.rfind('/');
        return library->path.substr(slash + 1) + "+" + offset;
    }
    return text;
}

}  // namespace cuemu
