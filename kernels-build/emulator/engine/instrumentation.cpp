// The functions that g++ calls before each access in code compiled with -fsanitize=thread, and where -fsanitize=bounds, alignment, ... find something.
// The libraries of those sanitizers are not linked: these are our own.
#include <cstring>

#include "shadow.h"

using namespace cuemu;

#define HOOK extern "C" CUEMU_EXPORT
#define CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))
#define ADDRESS reinterpret_cast<uintptr_t>(address)

HOOK void __tsan_init() {}
HOOK void __tsan_read1(void* address) { check_read(ADDRESS, 1, CALLER); }
HOOK void __tsan_read2(void* address) { check_read(ADDRESS, 2, CALLER); }
HOOK void __tsan_read4(void* address) { check_read(ADDRESS, 4, CALLER); }
HOOK void __tsan_read8(void* address) { check_read(ADDRESS, 8, CALLER); }
HOOK void __tsan_read16(void* address) { check_read(ADDRESS, 16, CALLER); }
HOOK void __tsan_write1(void* address) { check_write(ADDRESS, 1, CALLER); }
HOOK void __tsan_write2(void* address) { check_write(ADDRESS, 2, CALLER); }
HOOK void __tsan_write4(void* address) { check_write(ADDRESS, 4, CALLER); }
HOOK void __tsan_write8(void* address) { check_write(ADDRESS, 8, CALLER); }
HOOK void __tsan_write16(void* address) { check_write(ADDRESS, 16, CALLER); }

// Accesses that the compiler knows may be unaligned: byte by byte as far as alignment goes, one by one as far as bounds go.
namespace {
void read_range(uintptr_t address, uintptr_t bytes, uintptr_t pc) {
    for (uintptr_t i = 0; i < bytes; i++) {
        check_read(address + i, 1, pc);
    }
}
void write_range(uintptr_t address, uintptr_t bytes, uintptr_t pc) {
    for (uintptr_t i = 0; i < bytes; i++) {
        check_write(address + i, 1, pc);
    }
}
}  // namespace
HOOK void __tsan_unaligned_read2(void* address) { read_range(ADDRESS, 2, CALLER); }
HOOK void __tsan_unaligned_read4(void* address) { read_range(ADDRESS, 4, CALLER); }
HOOK void __tsan_unaligned_read8(void* address) { read_range(ADDRESS, 8, CALLER); }
HOOK void __tsan_unaligned_read16(void* address) { read_range(ADDRESS, 16, CALLER); }
HOOK void __tsan_unaligned_write2(void* address) { write_range(ADDRESS, 2, CALLER); }
HOOK void __tsan_unaligned_write4(void* address) { write_range(ADDRESS, 4, CALLER); }
HOOK void __tsan_unaligned_write8(void* address) { write_range(ADDRESS, 8, CALLER); }
HOOK void __tsan_unaligned_write16(void* address) { write_range(ADDRESS, 16, CALLER); }
HOOK void __tsan_read_range(void* address, uintptr_t bytes) { read_range(ADDRESS, bytes, CALLER); }
HOOK void __tsan_write_range(void* address, uintptr_t bytes) { write_range(ADDRESS, bytes, CALLER); }

// Layouts of the descriptions that the compiler emits (GCC, gcc/ubsan.cc).
struct Place {
    const char* file;
    uint32_t line, column;
};
struct MismatchData {
    Place place;
    const void* type;
    unsigned char log_alignment, kind;
};

namespace {
[[noreturn]] void stop(FindingKind kind, const std::string& words, uintptr_t address, unsigned bytes, uintptr_t pc) {
    Worker* worker = this_worker();
    Finding finding;
    finding.kind = kind;
    finding.thread = worker->thread;
    finding.words = words;
    finding.address = address;
    finding.bytes = bytes;
    finding.pc = pc;
    abort_block(worker, finding);
}
}  // namespace

HOOK void __ubsan_handle_type_mismatch_v1(MismatchData* data, void* address) {
    stop(FindingKind::Misaligned, "", ADDRESS, 1u << data->log_alignment, CALLER);
}
HOOK void __ubsan_handle_out_of_bounds(void*, uintptr_t index) {
    stop(FindingKind::Arithmetic, "index " + std::to_string(static_cast<intptr_t>(index)) + " is outside the array", 0, 0, CALLER);
}
#define OVERFLOW(name, text) \
    HOOK void __ubsan_handle_##name(void*, uintptr_t, uintptr_t) { stop(FindingKind::Arithmetic, text, 0, 0, CALLER); }
OVERFLOW(add_overflow, "an addition of signed integers overflows")
OVERFLOW(sub_overflow, "a subtraction of signed integers overflows")
OVERFLOW(mul_overflow, "a product of signed integers overflows")
OVERFLOW(negate_overflow, "a negation of a signed integer overflows")
OVERFLOW(divrem_overflow, "an integer division by zero, or one that overflows")
