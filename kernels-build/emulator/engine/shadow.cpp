// Keeps the state bytes of global memory.
#include "shadow.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "../driver/memory.h"
#include "libraries.h"

namespace cuemu {

Shadow shadow;

namespace {

constexpr size_t GRANULE = 4;
constexpr uint8_t VALID = 0xF0, WRITTEN = 0x0F;

struct Live {
    size_t bytes;
    bool host;
};
// Never destroyed, as frees may come at exit.
std::map<uintptr_t, Live>& live() {
    static auto* const instance = new std::map<uintptr_t, Live>;
    return *instance;
}

// False while state bytes are not kept: until the checked build is chosen, and after a plain launch.
bool current = false;

void* reserve(size_t bytes) {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        perror("cuemu: mmap of shadow memory");
        abort();
    }
    return p;
}

// Gives [address, address + bytes) back to the system; it reads as zero again.
void forget(void* address, size_t bytes) {
    const uintptr_t begin = (reinterpret_cast<uintptr_t>(address) + 4095) & ~uintptr_t{4095};
    const uintptr_t end = (reinterpret_cast<uintptr_t>(address) + bytes) & ~uintptr_t{4095};
    if (end > begin) {
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
}

// Calls change(state, nibble) for all granules of the range, nibble = the bytes of the granule that lie in it. All inner granules are equal in `whole`.
template <class Change>
void for_granules(uintptr_t address, size_t bytes, Change change) {
    const uintptr_t end = address + bytes;
    while (address < end) {
        const uintptr_t granule = address & ~uintptr_t{GRANULE - 1};
        const size_t first = address - granule;
        const size_t last = std::min<size_t>(GRANULE, end - granule);
        const uint8_t nibble = static_cast<uint8_t>(((1u << (last - first)) - 1) << first);
        if (!change(shadow.states[(granule - shadow.begin) / GRANULE], nibble)) {
            return;
        }
        address = granule + last;
    }
}

bool covered(uintptr_t address, size_t bytes) {
    return current && address - shadow.begin < shadow.bytes && bytes <= shadow.bytes - (address - shadow.begin);
}

void mark(uintptr_t address, size_t bytes, bool written) {
    for_granules(address, bytes, [&](uint8_t& state, uint8_t nibble) {
        state = static_cast<uint8_t>(state | nibble << 4 | (written ? nibble : 0));
        return true;
    });
}

void reserve_all() {
    if (shadow.states != nullptr) {
        return;
    }
    const AddressRange range = memory_range();
    shadow.begin = range.begin;
    shadow.bytes = range.bytes;
    shadow.states = static_cast<uint8_t*>(reserve(range.bytes / GRANULE));
    shadow.cells = static_cast<Cell*>(reserve(range.bytes / GRANULE * sizeof(Cell)));
    shadow.serial = 0;
}

void start_keeping() {
    reserve_all();
    current = true;
    forget(shadow.states, shadow.bytes / GRANULE);
    for (const auto& [begin, allocation] : live()) {
        mark(begin, allocation.bytes, true);  // somebody may have written it while nobody looked
    }
}

}  // namespace

void on_allocate(const Allocation& allocation) {
    if (settings().checked && !current) {
        start_keeping();
    }
    live()[allocation.begin] = {allocation.bytes, allocation.host};
    if (covered(allocation.begin, allocation.bytes)) {
        mark(allocation.begin, allocation.bytes, allocation.host);  // the host writes its memory unseen
    }
}

void on_free(const Allocation& allocation) {
    live().erase(allocation.begin);
    if (covered(allocation.begin, allocation.bytes)) {
        const size_t granules = (allocation.bytes + GRANULE - 1) / GRANULE;
        const size_t first = (allocation.begin - shadow.begin) / GRANULE;
        memset(shadow.states + first, 0, granules);
        forget(shadow.cells + first, granules * sizeof(Cell));
    }
}

void on_host_write(uintptr_t address, size_t bytes) {
    if (covered(address, bytes)) {
        for_granules(address, bytes, [](uint8_t& state, uint8_t nibble) {
            state |= nibble;
            return true;
        });
    }
}

void on_device_copy(uintptr_t destination, uintptr_t source, size_t bytes) {
    if (!covered(destination, bytes) || !covered(source, bytes)) {
        return;
    }
    for (size_t i = 0; i < bytes; i++) {
        const uintptr_t from = source + i - shadow.begin, to = destination + i - shadow.begin;
        const uint8_t bit = static_cast<uint8_t>(1u << to % GRANULE);
        uint8_t& state = shadow.states[to / GRANULE];
        state = static_cast<uint8_t>((state & ~bit) | ((shadow.states[from / GRANULE] >> from % GRANULE & 1) != 0 ? bit : 0));
    }
}

bool host_read_is_initialised(uintptr_t address, size_t bytes) {
    bool all = true;
    if (covered(address, bytes)) {
        for_granules(address, bytes, [&](const uint8_t& state, uint8_t nibble) {
            all = (state & nibble) == nibble;
            return all;
        });
    }
    return all;
}

void note_plain_launch() { current = false; }

void begin_checked_launch(Worker* worker, uint64_t blocks) {
    if (!current) {
        start_keeping();
    }
    const Library& library = *worker->library;
    if (shadow.dynamic_cells == nullptr) {
        shadow.dynamic_cells = static_cast<Cell*>(reserve((worker->dynamic_end - worker->dynamic_begin) / GRANULE * sizeof(Cell)));
    }
    if (library.tls_bytes + 64 > shadow.static_cells_bytes) {
        if (shadow.static_cells != nullptr) {
            munmap(shadow.static_cells, shadow.static_cells_bytes / GRANULE * sizeof(Cell));
        }
        shadow.static_cells_bytes = library.tls_bytes * 2 + 4096;
        shadow.static_cells = static_cast<Cell*>(reserve(shadow.static_cells_bytes / GRANULE * sizeof(Cell)));
    }
    if (shadow.serial > UINT32_MAX - blocks - 1) {
        forget(shadow.cells, shadow.bytes / GRANULE * sizeof(Cell));
        memset(shadow.dynamic_cells, 0, (worker->dynamic_end - worker->dynamic_begin) / GRANULE * sizeof(Cell));
        memset(shadow.static_cells, 0, shadow.static_cells_bytes / GRANULE * sizeof(Cell));
        shadow.serial = 0;
    }
    shadow.launch_serial = shadow.serial + 1;
    shadow.library = &library;
    shadow.unique_loaded = shadow.unique_stored = 0;
    shadow.findings.clear();
    shadow.active = true;
}

void end_checked_launch() {
    shadow.active = false;
    Counters& total = counters();
    total.unique_loaded_bytes += shadow.unique_loaded;
    total.unique_stored_bytes += shadow.unique_stored;
}

}  // namespace cuemu
