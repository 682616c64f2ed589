// The compiled kernels: one shared library for each .cu and build.
#pragma once

#include <cstdint>
#include <string>

#include "engine.h"

namespace cuemu {

struct Library {
    std::string path;
    bool checked;
    uintptr_t begin, end;       // where its image lies
    size_t tls_module, tls_bytes;  // its static shared memory: thread-local variables, so one copy for each OS thread
};

const Library& library_of(const Kernel& kernel);
// The kernel of the same name in the other or the same build; nullptr if that build has none.
const Kernel* in_build(const Kernel& kernel, bool checked);
// Start of the library's static shared memory on this OS thread.
uintptr_t static_shared(const Library& library);
// The library whose image holds this address, or nullptr.
const Library* library_at(uintptr_t address);
// "name+offset" of the static shared variable at this offset of the library's static shared memory, "" if unknown.
std::string shared_variable_at(const Library& library, size_t offset);
// "scan.cu:45 (inlined into ...)", or library and offset where addr2line is missing.
std::string source_line(uintptr_t pc);

}  // namespace cuemu
