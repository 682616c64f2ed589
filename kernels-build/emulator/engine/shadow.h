// What the checked build remembers of memory. A launch runs on one OS thread, so nothing here is locked.
//
// Memory is looked at in granules of 4 bytes, each with
//   - for global memory, one state byte: high nibble = these bytes belong to a live allocation, low nibble = something wrote them;
//   - a Cell: the last write and the last reads, by whom and after which barrier.
// Serial numbers of blocks never repeat, so records of earlier launches (and, for shared memory, of earlier blocks) are stale without being cleared.
#pragma once

#include <cstdint>
#include <vector>

#include "block.h"
#include "finding.h"

namespace cuemu {

enum Readers : uint8_t { ONE_THREAD = 0, ONE_WARP = 1, ONE_BLOCK = 2, SEVERAL_BLOCKS = 3 };

struct Access {
    uint32_t serial;    // of the block
    uint32_t pc;        // return address - start of the library's image
    uint32_t meeting;   // warp collectives that the thread's warp had completed
    uint16_t epoch;     // barriers that the block had passed (modulo 2^16)
    uint16_t thread;
    uint8_t bytes;      // low nibble: these bytes of the granule; high nibble: all bytes accessed in this launch (shared memory: this block)
    uint8_t readers : 2;
    uint8_t atomic : 1;
};

struct Cell {
    Access write, read;
};

struct Shadow {
    bool active;  // a checked launch runs; instrumented code runs at other times too, when a library registers its kernels
    // Global memory; all null until the checked build is chosen.
    uintptr_t begin;
    size_t bytes;
    uint8_t* states;
    Cell* cells;
    // Shared memory of the block that runs.
    Cell* dynamic_cells;
    Cell* static_cells;
    size_t static_cells_bytes;  // of shared memory that static_cells covers
    uint32_t serial;            // of the block that runs
    uint32_t launch_serial;     // of the launch's first block
    const Library* library;
    uint64_t unique_loaded, unique_stored;
    std::vector<Finding> findings;  // that did not end the block
};
extern Shadow shadow;

// Before the first block of a checked launch; each block then gets a serial number of its own. Between launches the findings wait in shadow.findings.
void begin_checked_launch(Worker* worker, uint64_t blocks);
void end_checked_launch();
// A plain launch has written nobody knows what.
void note_plain_launch();

// All accesses by instrumented code and atomics go through these; they do not return if the access must not happen.
void check_read(uintptr_t address, unsigned bytes, uintptr_t pc);
void check_write(uintptr_t address, unsigned bytes, uintptr_t pc);
void check_atomic(uintptr_t address, unsigned bytes, uintptr_t pc);

}  // namespace cuemu
