#include <dirent.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "harness.h"

static CUresult load(const std::string& ptx, std::string* log = nullptr) {
    CUmodule module;
    char buffer[600] = "";
    int names[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void* values[] = {buffer, (void*)sizeof buffer};
    CUresult result = cuModuleLoadDataEx(&module, ptx.c_str(), 2, names, values);
    if (log) *log = buffer;
    if (!result) GOOD(cuModuleUnload(module));
    return result;
}

static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    size_t at = text.find(from);
    EXPECT(1, at != std::string::npos);
    return text.replace(at, from.size(), to);
}

TEST(ptx_newer_than_the_driver_is_refused) {
    open_device();
    std::string log;
    GOOD(load(replaced(KERNELS_PTX, ".version 7.0", ".version 8.7")));
    EXPECT(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, load(replaced(KERNELS_PTX, ".version 7.0", ".version 9.0"), &log));
    EXPECT_IN("9.0 is newer than 8.7", log);
}

TEST_WITH(old_drivers_know_old_ptx_only, "CUEMU_DRIVER_VERSION=11040") {
    open_device();
    GOOD(load(replaced(KERNELS_PTX, ".version 7.0", ".version 7.4")));
    EXPECT(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, load(replaced(KERNELS_PTX, ".version 7.0", ".version 7.8")));
}

TEST(ptx_for_a_newer_device_is_refused) {
    open_device();
    GOOD(load(replaced(KERNELS_PTX, "sm_75", "sm_80")));
    EXPECT(CUDA_ERROR_NO_BINARY_FOR_GPU, load(replaced(KERNELS_PTX, "sm_75", "sm_90")));
}

TEST(text_that_is_no_ptx_is_refused_with_a_line) {
    open_device();
    std::string log;
    EXPECT(CUDA_ERROR_INVALID_PTX, load("", &log));
    EXPECT(CUDA_ERROR_INVALID_PTX, load("hello", &log));
    EXPECT_IN("line 1", log);
    EXPECT(CUDA_ERROR_INVALID_PTX, load(std::string(KERNELS_PTX).substr(0, 700), &log));
    EXPECT(CUDA_ERROR_INVALID_PTX, load("\177ELF", &log));
    CUmodule module;
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuModuleLoadDataEx(&module, nullptr, 0, nullptr, nullptr));
}

TEST(kernels_that_differ_from_the_emulated_ones_are_stale) {
    open_device();
    std::string log;
    EXPECT(CUDA_ERROR_INVALID_PTX, load(replaced(KERNELS_PTX, ".entry add_f32", ".entry other_f32"), &log));
    EXPECT_IN("other_f32: not among the emulated kernels", log);
    EXPECT_IN("stale", log);
    EXPECT(CUDA_ERROR_INVALID_PTX, load(replaced(KERNELS_PTX, ".f32 add_f32_param_1", ".f64 add_f32_param_1"), &log));
    EXPECT_IN("(8, 8, 4) bytes, the emulated kernel of (8, 4, 4)", log);
    EXPECT(CUDA_ERROR_INVALID_PTX, load(replaced(KERNELS_PTX, ",\n    .param .u32 add_f32_param_2", ""), &log));
    EXPECT(CUDA_ERROR_INVALID_PTX, load(replaced(KERNELS_PTX, ".maxntid 64, 1, 1", ".maxntid 32, 2, 2"), &log));
    EXPECT_IN(".maxntid 128, the emulated kernel 64", log);
    GOOD(load(replaced(KERNELS_PTX, ".maxntid 64, 1, 1", ".maxntid 32, 2")));
}

TEST(functions_live_as_long_as_their_module) {
    open_device();
    CUmodule module = load_kernels();
    CUfunction f, again;
    EXPECT(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&f, module, "no_such_kernel"));
    GOOD(cuModuleGetFunction(&f, module, "add_f32"));
    GOOD(cuModuleGetFunction(&again, module, "add_f32"));
    EXPECT((long long)f, (long long)again);
    GOOD(cuModuleUnload(module));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuModuleUnload(module));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr));
}

TEST(static_shared_memory_is_that_of_the_ptx) {
    open_device();
    int value;
    GOOD(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, kernel("sum_f32")));
    EXPECT(512, value);
    GOOD(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, kernel("store_f32")));
    EXPECT(256, value);
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuFuncGetAttribute(&value, 0, kernel("add_f32")));
}

// The committed PTX and the emulation's libraries come from the same sources by two compilers: names, parameters and block sizes must agree.
TEST_WITH(committed_ptx_belongs_to_the_emulated_kernels, "CUEMU_KERNELS_DIR=build CUEMU_COMPUTE_CAPABILITY=90") {
    open_device();
    for (const char* home : {"../ptx/", "../../bench/kernels/ptx/"}) {
        int files = 0;
        for (const char* target : {"compute_75/", "compute_80/", "compute_90/"}) {
            const std::string path = std::string(home) + target;
            DIR* folder = opendir(path.c_str());
            while (const dirent* found = folder ? readdir(folder) : nullptr) {
                std::string name = found->d_name, log;
                if (name.size() < 5 || name.substr(name.size() - 4) != ".ptx") continue;
                std::ifstream file(path + name);
                std::stringstream text;
                text << file.rdbuf();
                CUresult result = load(text.str(), &log);
                if (result) fprintf(stderr, "%s%s: %s\n", path.c_str(), name.c_str(), log.c_str());
                GOOD(result);
                files++;
            }
            if (folder) closedir(folder);
        }
        EXPECT(1, files > 0);
    }
}
