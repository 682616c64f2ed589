// Loaded modules and their kernels.
#pragma once

#include <memory>
#include <string>

#include "ptx.h"
#include "state.h"
#include "stream.h"

namespace cuemu {

struct Module {
    uintptr_t handle;
    std::shared_ptr<Context> context;
    Ptx ptx;
};

struct Function {
    uintptr_t handle;
    std::weak_ptr<Module> module;
    std::shared_ptr<Context> context;
    PtxEntry entry;
    int ptx_version, ptx_target;
    const Kernel* kernel;
    size_t dynamic_shared_limit;   // 48 KB less the static part, until cuFuncSetAttribute raises it
    int cache_config = 0, carveout = -1;
};

CUresult find_function(CUfunction handle, std::shared_ptr<Function>* function);

// Checks a launch's sizes and arguments and copies the arguments: what cuLaunchKernel and graph nodes share.
CUresult prepare_launch(const std::shared_ptr<Function>& function, const unsigned grid[3], const unsigned block[3], size_t shared, void** parameters,
                        void** extra, KernelWork* work);

int device_attribute(int id);

}  // namespace cuemu
