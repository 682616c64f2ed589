// Runs one case of the planted kernels through the driver's entry points, as a program on a GPU would:  selftest CASE [plain|checked [SCHEDULE]]
//
// The emulation's reports go to stderr; the last line on stdout is "CASE: CODE", the CUresult of waiting for the kernel. Whether a case is reported as
// it should be is for the caller to judge (EmulatorSeesPlantedBugsTest does).
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../driver/controls.h"
#include "../driver/cuda_abi.h"

namespace {

void must(CUresult result, const char* what) {
    if (result != CUDA_SUCCESS) {
        printf("%s failed with %d\n", what, result);
        exit(2);
    }
}
#define MUST(call) must(call, #call)

// As much PTX as the driver reads: names, parameters, block sizes. p is a pointer, i an int, f a float.
struct Entry {
    const char* name;
    const char* parameters;
    int threads;
};
const Entry ENTRIES[] = {
    {"clean_sums", "pppif", 256},        {"clean_atomics", "pppi", 256},   {"clean_warp", "pp", 32},
    {"clean_shuffles", "p", 32},         {"missing_barrier", "pp", 256},   {"missing_warp_barrier", "pp", 32},
    {"shuffle_for_a_barrier", "pp", 32},
    {"racing_blocks", "pp", 32},         {"past_the_end", "ppi", 256},     {"past_shared", "p", 256},
    {"past_static_shared", "pi", 16},    {"unwritten_shared", "p", 256},   {"copy", "ppi", 256},
    {"copy_float4", "ppi", 256},         {"divergent_barrier", "p", 64},   {"guard_above_barrier", "pi", 256},
    {"deadlock", "p", 64},               {"divides", "pi", 32},         {"much_local_memory", "pi", 32},
};

const Entry& entry(const std::string& name) {
    for (const Entry& e : ENTRIES) {
        if (name == e.name) return e;
    }
    printf("no kernel %s\n", name.c_str());
    exit(2);
}

std::string ptx() {
    std::string text = ".version 7.0\n.target sm_75\n.address_size 64\n";
    for (const Entry& e : ENTRIES) {
        text += std::string(".visible .entry ") + e.name + "(\n";
        for (size_t i = 0; e.parameters[i] != 0; i++) {
            const char* type = e.parameters[i] == 'p' ? ".u64" : e.parameters[i] == 'i' ? ".u32" : ".f32";
            text += std::string(i > 0 ? ",\n" : "") + "\t.param " + type + " " + e.name + "_param_" + std::to_string(i);
        }
        text += "\n)\n.maxntid " + std::to_string(e.threads) + ", 1, 1\n{\n\tret;\n}\n";
    }
    return text;
}

// One argument of a launch: all three kinds fit 8 bytes.
struct Argument {
    unsigned char bytes[8];
    template <class T>
    Argument(T value) {
        memcpy(bytes, &value, sizeof value);
    }
};

CUmodule module;

// The result of the launch or, if that succeeds, of waiting for it.
int run(const char* kernel, unsigned blocks, unsigned shared, std::vector<Argument> arguments) {
    CUfunction function;
    MUST(cuModuleGetFunction(&function, module, kernel));
    std::vector<void*> addresses;
    for (Argument& a : arguments) addresses.push_back(a.bytes);
    const CUresult launched =
        cuLaunchKernel(function, blocks, 1, 1, static_cast<unsigned>(entry(kernel).threads), 1, 1, shared, nullptr, addresses.data(), nullptr);
    return launched != CUDA_SUCCESS ? launched : cuCtxSynchronize();
}

CUdeviceptr empty(size_t floats) {
    CUdeviceptr address;
    MUST(cuMemAlloc_v2(&address, floats * 4));
    return address;
}

// Holds 1, 2, ..., 7, 1, 2, ...
CUdeviceptr filled(size_t floats) {
    std::vector<float> values(floats);
    for (size_t i = 0; i < floats; i++) values[i] = static_cast<float>(i % 7 + 1);
    const CUdeviceptr address = empty(floats);
    MUST(cuMemcpyHtoDAsync_v2(address, values.data(), floats * 4, nullptr));
    return address;
}

CUdeviceptr zeros(size_t words) {
    const CUdeviceptr address = empty(words);
    MUST(cuMemsetD32Async(address, 0, words, nullptr));
    return address;
}

template <class T>
std::vector<T> read(CUdeviceptr address, size_t count) {
    std::vector<T> values(count);
    MUST(cuMemcpyDtoH_v2(values.data(), address, count * sizeof(T)));
    return values;
}

void expect(bool right, const char* what) {
    if (!right) {
        printf("wrong result: %s\n", what);
        exit(3);
    }
}

int clean() {
    const int n = 1000;
    const CUdeviceptr in = filled(n), out = filled(n), sums = empty(4);
    if (int bad = run("clean_sums", 4, 0, {sums, out, in, n, 2.0f})) return bad;
    float total = 0;
    for (const float sum : read<float>(sums, 4)) total += sum;
    expect(total == 3 * 3997.0f, "clean_sums: 3 times the sum of 1000 numbers");

    const CUdeviceptr count = zeros(1), sum = zeros(1);
    if (int bad = run("clean_atomics", 4, 0, {count, sum, in, n})) return bad;
    expect(read<int>(count, 1)[0] == n && read<float>(sum, 1)[0] == 3997.0f, "clean_atomics: 1000 and their sum");

    const CUdeviceptr square = filled(1024), transposed = empty(1024);
    if (int bad = run("clean_warp", 1, 4096, {transposed, square})) return bad;
    const std::vector<float> a = read<float>(square, 1024), b = read<float>(transposed, 1024);
    for (size_t i = 0; i < 1024; i++) expect(b[i] == a[i % 32 * 32 + i / 32], "clean_warp: the transpose");

    const CUdeviceptr rows = empty(224);
    if (int bad = run("clean_shuffles", 1, 0, {rows})) return bad;
    const std::vector<int> r = read<int>(rows, 224);
    for (int lane = 0; lane < 32; lane++) {
        const int* row = &r[static_cast<size_t>(lane) * 7];
        expect(row[0] == 50, "__shfl_sync");
        expect(row[1] == (lane < 3 ? lane : lane - 3), "__shfl_up_sync");
        expect(row[2] == (lane % 8 < 5 ? lane + 3 : lane), "__shfl_down_sync of width 8");
        expect(row[3] == (lane ^ 17), "__shfl_xor_sync");
        expect(row[4] == 0x49249249, "__ballot_sync");
        expect(row[5] == 3, "__all_sync and __any_sync");
        expect(row[6] == (lane < 16 ? lane ^ 1 : (lane ^ 2) + 16), "halves of a warp on their own");
    }
    return 0;
}

int bug(const std::string& name) {
    const CUdeviceptr in = filled(512), out = empty(512);
    const int n = 64;
    if (name == "missing_barrier") {
        const int code = run("missing_barrier", 2, 0, {out, in});
        if (code == 0) printf("out[255] is %.9g\n", static_cast<double>(read<float>(out, 256)[255]));  // differs with the schedule
        return code;
    }
    if (name == "missing_warp_barrier") return run("missing_warp_barrier", 1, 0, {out, in});
    if (name == "shuffle_for_a_barrier") return run("shuffle_for_a_barrier", 1, 0, {out, in});
    if (name == "racing_blocks") return run("racing_blocks", 8, 0, {zeros(1), in});
    if (name == "past_the_end") return run("past_the_end", 1, 0, {filled(n), in, n});
    if (name == "past_the_end_in_slack") return run("past_the_end", 1, 0, {filled(60), in, 60});
    if (name == "past_shared") return run("past_shared", 1, 1024, {out});
    if (name == "past_static_shared") return run("past_static_shared", 1, 0, {out, 16});
    if (name == "unwritten_global") return run("copy", 1, 0, {out, empty(n), n});
    if (name == "unwritten_shared") return run("unwritten_shared", 1, 0, {out});
    if (name == "use_after_free") {
        const CUdeviceptr gone = filled(n);
        MUST(cuMemFree_v2(gone));
        return run("copy", 1, 0, {out, gone, n});
    }
    if (name == "null") return run("copy", 1, 0, {out, CUdeviceptr{0}, n});
    if (name == "host_pointer") {
        static float on_the_host[64];
        return run("copy", 1, 0, {out, reinterpret_cast<CUdeviceptr>(&on_the_host), n});
    }
    if (name == "misaligned") return run("copy", 1, 0, {out, in + 2, n});
    if (name == "misaligned_float4") return run("copy_float4", 1, 0, {out, in + 4, 16});
    if (name == "divergent_barrier") return run("divergent_barrier", 1, 0, {out});
    if (name == "guard_above_barrier") return run("guard_above_barrier", 2, 0, {out, 300});
    if (name == "deadlock") return run("deadlock", 1, 0, {out});
    if (name == "division_by_zero") return run("divides", 1, 0, {out, 0});
    if (name == "stack_overflow") return run("much_local_memory", 1, 0, {out, n});
    if (name == "leak") return run("copy", 1, 0, {out, in, n});  // in and out stay allocated, as in every case
    printf("no case %s\n", name.c_str());
    exit(2);
}

}  // namespace

int main(int count, char** words) {
    if (count < 2) {
        printf("usage: selftest CASE [plain|checked [SCHEDULE]]\n");
        return 2;
    }
    char self[4096] = {};
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 2;
    *strrchr(self, '/') = 0;
    setenv("CUEMU_KERNELS_DIR", self, 1);  // the planted kernels lie beside this program

    MUST(cuInit(0));
    CUcontext context;
    MUST(cuDevicePrimaryCtxRetain(&context, 0));
    MUST(cuCtxSetCurrent(context));
    MUST(cuCtxSetLimit(static_cast<int>(cuemu::CONTROL_CHECKED), count > 2 && strcmp(words[2], "checked") == 0));
    MUST(cuCtxSetLimit(static_cast<int>(cuemu::CONTROL_SCHEDULE), count > 3 ? strtoul(words[3], nullptr, 10) : 0));
    MUST(cuModuleLoadDataEx(&module, ptx().c_str(), 0, nullptr, nullptr));
    const std::string name = words[1];
    const int code = name == "clean" ? clean() : bug(name);
    printf("%s: %d\n", name.c_str(), code);
    cuDevicePrimaryCtxRelease_v2(0);
    return 0;
}
