// Loaded modules and their kernels.
#pragma once

#include <memory>

#include "ptx.h"
#include "stream.h"

namespace cuemu {

struct Module {
    Ptx ptx;
};

struct Function {
    std::weak_ptr<Module> module;
    PtxEntry entry;
    const Kernel* kernel;
    size_t dynamic_shared_limit;   // 48 KB less the static part, until cuFuncSetAttribute raises it
};

}  // namespace cuemu
