// What the driver must know of a PTX module: its header, and each kernel's name, parameters and limits. Bodies are not interpreted: kernels run from
// the libraries that g++ made of the same sources, and these facts are compared with them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cuemu {

struct PtxEntry {
    std::string name;
    std::vector<size_t> parameter_bytes;
    unsigned max_threads = 0;     // product of .maxntid (or .reqntid), 0 if absent
    size_t static_shared = 0;
};

struct Ptx {
    int version = 0;              // major * 10 + minor
    int target = 0;               // 80 for sm_80
    std::vector<PtxEntry> entries;
    const PtxEntry* find(const std::string& name) const;
};

// Parses `text`. False, with `error` as "line n: ...", if it is no PTX.
bool parse_ptx(const std::string& text, Ptx* ptx, std::string* error);

}  // namespace cuemu
