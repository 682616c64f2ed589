// What the driver must know of a PTX module: its header, and each kernel's name, parameters and limits. Bodies are not interpreted: kernels run from
// the libraries that g++ made of the same sources, and these facts are compared with them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cuemu {

struct PtxParameter {
    size_t bytes, alignment, offset;  // offset in the packed parameter buffer
};

struct PtxEntry {
    std::string name;
    std::vector<PtxParameter> parameters;
    size_t parameter_bytes = 0;   // of the packed buffer
    unsigned max_threads = 0;     // product of .maxntid (or .reqntid), 0 if absent
    size_t static_shared = 0;
    size_t line = 0;
};

struct Ptx {
    int version = 0;              // major * 10 + minor
    int target = 0;               // 80 for sm_80
    std::vector<PtxEntry> entries;
    std::vector<std::string> globals;  // names of module variables in global or constant memory
    const PtxEntry* find(const std::string& name) const;
};

// Parses `text`. False, with `error` as "line n: ...", if it is no PTX.
bool parse_ptx(const std::string& text, Ptx* ptx, std::string* error);

}  // namespace cuemu
