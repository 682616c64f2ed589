// Does one operation when its turn comes.
#include <cstring>

#include "memory.h"
#include "stream.h"

namespace cuemu {

namespace {

// Memory may have been freed between the call and its turn (lazy mode), so ranges are checked again.
bool check(uintptr_t begin, size_t bytes, const char* what) {
    std::string why;
    if (holding(begin, bytes, &why)) return true;
    fault(CUDA_ERROR_ILLEGAL_ADDRESS, std::string(what) + ": " + why);
    return false;
}

void do_copy(const CopyWork& work) {
    if (work.to_place != Place::Pageable && !check(work.to, work.to_pitch * (work.height - 1) + work.width, "destination of a copy")) return;
    if (work.from_place != Place::Pageable && !check(work.from, work.from_pitch * (work.height - 1) + work.width, "source of a copy")) return;
    for (size_t row = 0; row < work.height; row++) {
        uintptr_t to = work.to + row * work.to_pitch;
        uintptr_t from = (work.staged ? (uintptr_t)work.staged->data() : work.from) + row * work.from_pitch;
        if (work.from_place == Place::Device && work.to_place != Place::Device && !host_read_is_initialised(from, work.width)) {
            driver().faults++;
            report(text_of("a copy to the host reads memory that nothing wrote: %zu bytes from %s", work.width, describe(from).c_str()));
        }
        memmove((void*)to, (const void*)from, work.width);
        if (work.to_place == Place::Pageable) continue;
        if (work.from_place == Place::Device) on_device_copy(to, from, work.width);
        else on_host_write(to, work.width);
    }
    const size_t sides = (work.from_place == Place::Device ? 1 : 0) + (work.to_place == Place::Device ? 1 : 0);
    counters().copied_bytes += sides * work.width * work.height;
}

void do_fill(const FillWork& work) {
    const size_t bytes = work.count * work.element;
    if (!check(work.to, bytes, "destination of a memset")) return;
    for (size_t i = 0; work.element == 4 && i < work.count; i++) ((uint32_t*)work.to)[i] = work.value;
    if (work.element == 1) memset((void*)work.to, (int)work.value, bytes);
    on_host_write(work.to, bytes);
    counters().filled_bytes += bytes;
}

}  // namespace

void perform(const Work& work) {
    if (auto* kernel = std::get_if<KernelWork>(&work)) {
        if (std::optional<Fault> found = run(kernel->launch)) fault(found->code, found->text);
    } else if (auto* copy = std::get_if<CopyWork>(&work)) do_copy(*copy);
    else if (auto* fill = std::get_if<FillWork>(&work)) do_fill(*fill);
    else if (auto* host = std::get_if<HostWork>(&work)) do_host(*host);
}

}  // namespace cuemu
