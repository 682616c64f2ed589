#include "harness.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

const char* const KERNELS_PTX = R"(
// header comments are skipped
.version 7.0
.target sm_75
.address_size 64
.extern .shared .align 16 .b8 dynamic[];
.shared .align 4 .b8 module_level[256];
.global .align 4 .f32 table[4];
.visible .entry add_f32(
    .param .u64 .ptr .global .align 1 add_f32_param_0,
    .param .f32 add_f32_param_1,
    .param .u32 add_f32_param_2
)
.maxntid 64, 1, 1
{
    ret;
}
.visible .entry sum_f32(.param .u64 sum_f32_param_0, .param .u64 sum_f32_param_1, .param .u32 sum_f32_param_2)
.maxntid 128
{
    .shared .align 4 .b8 demoted[512];
    { mov.u32 %r1, dynamic; }
    ret;
}
.visible .entry store_f32(.param .u64 store_f32_param_0, .param .u64 store_f32_param_1, .param .f32 store_f32_param_2)
.maxntid 32, 1, 1
{
    mov.u32 %r1, module_level; mov.u32 %r2, module_level;
    ret;
}
)";

std::vector<Case>& cases() {
    static std::vector<Case> list;
    return list;
}

void expect_equal(long long expected, long long got, const char* text, const char* file, int line) {
    if (expected == got) return;
    fprintf(stderr, "%s:%d: %s: expected %lld, got %lld\n", file, line, text, expected, got);
    _exit(1);
}

std::string reported() {
    std::ifstream file(getenv("CUEMU_REPORT"));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

CUcontext open_device() {
    CUcontext context;
    GOOD(cuInit(0));
    GOOD(cuDevicePrimaryCtxRetain(&context, 0));
    GOOD(cuCtxSetCurrent(context));
    return context;
}

size_t control(unsigned id) {
    size_t value = 0;
    GOOD(cuCtxGetLimit(&value, (int)id));
    return value;
}

void set_control(unsigned id, size_t value) { GOOD(cuCtxSetLimit((int)id, value)); }

CUmodule load(const char* ptx) {
    CUmodule module;
    GOOD(cuModuleLoadDataEx(&module, ptx, 0, nullptr, nullptr));
    return module;
}

CUmodule load_kernels() { return load(KERNELS_PTX); }

CUfunction kernel(const char* name) {
    static CUmodule module = load_kernels();
    CUfunction function;
    GOOD(cuModuleGetFunction(&function, module, name));
    return function;
}

CUresult launch_add(CUstream stream, CUdeviceptr x, float value, int n) {
    void* parameters[] = {&x, &value, &n};
    return cuLaunchKernel(kernel("add_f32"), (unsigned)(n + 63) / 64, 1, 1, 64, 1, 1, 0, stream, parameters, nullptr);
}

void to_device(CUdeviceptr to, const void* from, size_t bytes) { GOOD(cuMemcpyHtoDAsync_v2(to, from, bytes, nullptr)); }

CUdeviceptr device_floats(int n, float value) {
    CUdeviceptr x;
    unsigned bits;
    memcpy(&bits, &value, 4);
    GOOD(cuMemAlloc_v2(&x, (size_t)n * 4));
    GOOD(cuMemsetD32Async(x, bits, (size_t)n, nullptr));
    return x;
}

float read_float(CUdeviceptr x, int index) {
    float value = 0;
    GOOD(cuMemcpyDtoH_v2(&value, x + (CUdeviceptr)index * 4, 4));
    return value;
}

// Runs one case in a child: what it prints is kept and shown only when it fails.
static bool run_child(const char* program, const Case& c) {
    std::string base = std::string(getenv("DRIVER_TEST_FOLDER") ? getenv("DRIVER_TEST_FOLDER") : ".") + "/" + c.name;
    std::string output = base + ".out", report = base + ".report";
    unlink(report.c_str());
    pid_t child = fork();
    if (child == 0) {
        setenv("CUEMU_REPORT", report.c_str(), 1);
        setenv("CUEMU_VERBOSE", "1", 1);
        std::stringstream words(c.environment);
        for (std::string word; words >> word;) {
            size_t equals = word.find('=');
            setenv(word.substr(0, equals).c_str(), word.substr(equals + 1).c_str(), 1);
        }
        if (!freopen(output.c_str(), "w", stderr)) _exit(2);
        alarm(20);
        execl(program, program, c.name, (char*)nullptr);
        _exit(2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status == 0) return true;
    fprintf(stderr, "FAILED %s (%s): status %#x\n", c.name, c.environment, status);
    std::ifstream file(output);
    for (std::string line; std::getline(file, line);) fprintf(stderr, "    %s\n", line.c_str());
    return false;
}

int main(int count, char** words) {
    size_t failed = 0;
    for (const Case& c : cases()) {
        if (count == 2 && !strcmp(c.name, words[1])) {
            c.run();
            return 0;
        }
        if (count == 1) failed += !run_child("/proc/self/exe", c);
    }
    if (count != 1) {
        fprintf(stderr, "%s: no case named %s\n", words[0], words[1]);
        return 2;
    }
    printf("%s: %zu cases, %zu failed\n", words[0], cases().size(), failed);
    return failed != 0;
}
