// Does one operation: what a node holds when its turn comes.
#include <cstring>

#include "memory.h"
#include "stream.h"

namespace cuemu {

namespace {

void do_kernel(KernelWork& work, Context& context) {
    if (std::optional<Fault> found = run(work.launch)) fault(context, found->code, found->text);
}

// Memory may have been freed between the call and its turn (lazy mode), so ranges are checked again.
bool check(Context& context, uintptr_t begin, size_t pitch, size_t width, size_t height, const char* what) {
    if (!width || !height) return true;
    std::string why;
    if (holding(begin, pitch * (height - 1) + width, &why)) return true;
    fault(context, CUDA_ERROR_ILLEGAL_ADDRESS, std::string(what) + ": " + why);
    return false;
}

void do_copy(CopyWork& work, Context& context) {
    if (work.to_place != Place::Pageable && !check(context, work.to, work.to_pitch, work.width, work.height, "destination of a copy")) return;
    if (work.from_place != Place::Pageable && !check(context, work.from, work.from_pitch, work.width, work.height, "source of a copy")) return;
    for (size_t row = 0; row < work.height; row++) {
        uintptr_t to = work.to + row * work.to_pitch;
        uintptr_t from = work.staged ? (uintptr_t)work.staged->data() + row * work.width : work.from + row * work.from_pitch;
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

void do_fill(FillWork& work, Context& context) {
    if (!check(context, work.to, work.pitch, work.width * work.element, work.height, "destination of a memset")) return;
    for (size_t row = 0; row < work.height; row++) {
        uintptr_t to = work.to + row * work.pitch;
        for (size_t i = 0; work.element == 4 && i < work.width; i++) ((uint32_t*)to)[i] = work.value;
        for (size_t i = 0; work.element == 2 && i < work.width; i++) ((uint16_t*)to)[i] = (uint16_t)work.value;
        if (work.element == 1) memset((void*)to, (int)(work.value & 0xFF), work.width);
        on_host_write(to, work.width * work.element);
    }
    counters().filled_bytes += work.width * work.element * work.height;
}

void do_free(const FreeWork& work, Context& context) {
    const Allocation* allocation = live_at(work.address);
    if (!allocation || allocation->begin != work.address) {
        fault(context, CUDA_ERROR_ILLEGAL_ADDRESS, "cuMemFreeAsync: " + describe(work.address) + " is not live any more");
        return;
    }
    std::string damage = release(allocation);
    if (!damage.empty()) fault(context, CUDA_ERROR_ILLEGAL_ADDRESS, damage);
}

}  // namespace

void perform(Work& work, Context& context) {
    if (auto* kernel = std::get_if<KernelWork>(&work)) do_kernel(*kernel, context);
    else if (auto* copy = std::get_if<CopyWork>(&work)) do_copy(*copy, context);
    else if (auto* fill = std::get_if<FillWork>(&work)) do_fill(*fill, context);
    else if (auto* free = std::get_if<FreeWork>(&work)) do_free(*free, context);
    else if (auto* host = std::get_if<HostWork>(&work)) do_host(*host, context);
}

}  // namespace cuemu
