// libcudnn.so.9 for tests of nvidia-check: its graph API takes one convolution and answers for engines by rules that a test sets. It checks what it is told about
// the convolution, so that a wrong stride or a forgotten attribute is refused as cuDNN would. The other names are stubs in a file of their own.
//   VERSION  what cudnnGetVersion answers
//   REFUSED  an expression over direction, type, engine, channels_first, inputs, outputs: whether an engine refuses
//   NOTES    a list of numerical notes of every engine
//   ABORTS   the process ends where an engine is asked for
//   PARTS    the file names a library that it would load
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#ifndef VERSION
#define VERSION 92400
#endif
#ifndef REFUSED
#define REFUSED false
#endif
#ifndef NOTES
#define NOTES
#endif

#define API extern "C" __attribute__((visibility("default")))

#ifdef PARTS
API const char* const fake_cudnn_part = "libcudnn_graph.so";
#endif

namespace {

enum { OK = 0, BAD_PARAM = 2000, NOT_SUPPORTED = 3000 };
enum { CONVOLUTION = 1, ENGINE = 2, CONFIGURATION = 3, PLAN = 5, FORWARD = 10, FILTER = 11, DATA = 12, GRAPH = 15, TENSOR = 17, DEVICE = 38 };
enum { DATA_TYPE = 1, INT64 = 3, FLOAT = 4, MODE = 7, NOTE = 11, DESCRIPTOR = 15, CHAR = 24 };

struct Descriptor {
    int type;
    bool finished = false;
    std::map<int, std::string> attributes;

    template <typename T>
    std::vector<T> all(int name) const {
        auto found = attributes.find(name);
        if (found == attributes.end()) return {};
        std::vector<T> values(found->second.size() / sizeof(T));
        std::memcpy(values.data(), found->second.data(), found->second.size());
        return values;
    }
    Descriptor* link(int name) const {
        auto values = all<Descriptor*>(name);
        return values.size() == 1 && values[0]->finished ? values[0] : nullptr;
    }
    int64_t number(int name) const {
        auto values = all<int64_t>(name);
        return values.size() == 1 ? values[0] : -1;
    }
};

// Extents, and whether the strides are those of channels-last or of channels-first.
struct Tensor {
    int64_t n, c, h, w;
    bool last, first;
    int type;
    explicit Tensor(const Descriptor& d) {
        auto e = d.all<int64_t>(902), s = d.all<int64_t>(903);
        n = e[0], c = e[1], h = e[2], w = e[3];
        last = s == std::vector<int64_t>{h * w * c, 1, w * c, c};
        first = s == std::vector<int64_t>{h * w * c, h * w, w, 1};
        type = d.all<int>(901)[0];
    }
};

bool good_tensor(const Descriptor& d) {
    return d.all<int64_t>(902).size() == 4 && d.all<int64_t>(903).size() == 4 && d.all<int>(901).size() == 1 && d.number(906) > 0 && d.number(900) >= 4;
}

bool good_convolution(const Descriptor& d) {
    return d.number(106) == 2 && d.all<int>(100) == std::vector<int>{0} && d.all<int>(101) == std::vector<int>{1} && d.all<int64_t>(102).size() == 2 &&
           d.all<int64_t>(103).size() == 2 && d.all<int64_t>(104).size() == 2 && d.all<int64_t>(104) == d.all<int64_t>(105);
}

struct Names {
    int convolution, x, filter, y, alpha, beta;
};

Names names(int type) {
    if (type == FORWARD) return {702, 704, 703, 705, 700, 701};
    if (type == DATA) return {708, 710, 709, 711, 706, 707};
    return {714, 716, 715, 717, 712, 713};
}

bool good_operation(const Descriptor& d) {
    Names n = names(d.type);
    if (!d.link(n.convolution) || !d.link(n.x) || !d.link(n.filter) || !d.link(n.y)) return false;
    if (d.all<float>(n.alpha) != std::vector<float>{1} || d.all<float>(n.beta) != std::vector<float>{0}) return false;
    Tensor x(*d.link(n.x)), f(*d.link(n.filter)), y(*d.link(n.y));
    int64_t pad = d.link(n.convolution)->all<int64_t>(104)[0], stride = d.link(n.convolution)->all<int64_t>(103)[0];
    auto out = [&](int64_t in) { return (in + 2 * pad - f.h) / stride + 1; };
    return x.last && y.last && (f.last || f.first) && x.n == y.n && x.c == f.c && y.c == f.n && f.h == f.w && y.h == out(x.h) && y.w == out(x.w) &&
           x.type == y.type && x.type == f.type;
}

const Descriptor& operation_of(const Descriptor& engine) { return *engine.link(1300)->link(801); }

int finish_engine(const Descriptor& d) {
#ifdef ABORTS
    std::abort();
#endif
    if (!d.link(1300) || !d.link(1307)) return BAD_PARAM;
    const Descriptor& operation = operation_of(d);
    int direction = operation.type;
    Tensor filter(*operation.link(names(direction).filter));
    int type = filter.type;
    int64_t engine = d.number(1301), inputs = filter.c, outputs = filter.n;
    bool channels_first = filter.first && !filter.last;
    (void)direction, (void)type, (void)engine, (void)inputs, (void)outputs, (void)channels_first;
    return (REFUSED) ? NOT_SUPPORTED : OK;
}

int finish(const Descriptor& d) {
    switch (d.type) {
        case DEVICE: return d.attributes.count(2702) && d.attributes.at(2702).find("\"deviceVer\": 900") != std::string::npos ? OK : BAD_PARAM;
        case TENSOR: return good_tensor(d) ? OK : BAD_PARAM;
        case CONVOLUTION: return good_convolution(d) ? OK : BAD_PARAM;
        case FORWARD: case FILTER: case DATA: return good_operation(d) ? OK : BAD_PARAM;
        case GRAPH: return d.link(801) ? OK : BAD_PARAM;
        case ENGINE: return finish_engine(d);
        case CONFIGURATION: return d.link(300) ? OK : BAD_PARAM;
        case PLAN: return d.link(401) && d.link(407) ? OK : BAD_PARAM;
        default: return BAD_PARAM;
    }
}

size_t bytes(int type) { return type == CHAR ? 1 : type == INT64 || type == DESCRIPTOR ? 8 : 4; }

}  // namespace

API size_t cudnnGetVersion() { return VERSION; }

API int cudnnBackendCreateDescriptor(int type, void** made) {
    *made = new Descriptor{type, false, {}};
    return OK;
}

API int cudnnBackendDestroyDescriptor(void* descriptor) {
    delete static_cast<Descriptor*>(descriptor);
    return OK;
}

API int cudnnBackendSetAttribute(void* descriptor, int name, int type, int64_t count, const void* values) {
    if (!values) return BAD_PARAM;
    static_cast<Descriptor*>(descriptor)->attributes[name].assign(static_cast<const char*>(values), bytes(type) * count);
    return OK;
}

API int cudnnBackendFinalize(void* descriptor) {
    Descriptor* d = static_cast<Descriptor*>(descriptor);
    int status = finish(*d);
    d->finished = status == OK;
    return status;
}

// Workspace of a plan: a KiB for each byte of an element and output channel.
API int cudnnBackendGetAttribute(void* descriptor, int name, int type, int64_t count, int64_t* found, void* values) {
    Descriptor* d = static_cast<Descriptor*>(descriptor);
    if (d->type == PLAN && name == 402 && type == INT64 && count == 1) {
        const Descriptor& operation = operation_of(*d->link(401)->link(300));
        Tensor filter(*operation.link(names(operation.type).filter));
        *found = 1;
        *static_cast<int64_t*>(values) = 1024 * filter.n * (filter.type == 9 ? 2 : 4);
        return OK;
    }
    if (d->type == ENGINE && name == 1303 && type == NOTE) {
        std::vector<int> notes{NOTES};
        *found = notes.size();
        for (int64_t i = 0; i < count && i < *found; i++) static_cast<int*>(values)[i] = notes[i];
        return OK;
    }
    return BAD_PARAM;
}
