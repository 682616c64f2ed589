// Does one operation when its turn comes.
#include <cstring>

#include "memory.h"
#include "module.h"

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

size_t moved(const Counters& c) {
    return c.unique_loaded_bytes + c.unique_stored_bytes + c.library_bytes + c.copied_bytes + c.filled_bytes;
}

// What a call of a library moves is known without doing it.
size_t library_bytes(const HostWork& work) {
    size_t bytes = 0;
    for (const Range& range : work.ranges) {
        const size_t ways = (range.access & RANGE_READS ? 1 : 0) + (range.access & RANGE_WRITES ? 1 : 0);
        bytes += ways * range.width * range.rows;
    }
    return bytes;
}

// Numbers among a kernel's arguments, - for addresses, which differ from run to run.
std::string numbers(const Launch& launch) {
    std::string text;
    for (const std::vector<unsigned char>& argument : launch.arguments) {
        int64_t value = 0;
        if (argument.size() == 4) {
            int32_t narrow;
            memcpy(&narrow, argument.data(), 4);
            value = narrow;
        } else {
            memcpy(&value, argument.data(), std::min(argument.size(), sizeof value));
        }
        const bool address = argument.size() == 8 && memory_range().begin <= (uintptr_t)value && (uintptr_t)value - memory_range().begin < memory_range().bytes;
        text += std::string(text.empty() ? "" : ",") + (address ? std::string("-") : std::to_string(value));
    }
    return text;
}

void list(const Work& work, size_t bytes) {
    std::string line, arguments = "-";
    if (auto* kernel = std::get_if<KernelWork>(&work)) {
        const Launch& launch = kernel->launch;
        line = text_of("kernel\t%s\t%zu\t%u\t%zu", kernel->function->entry.name.c_str(), (size_t)launch.grid.x * launch.grid.y * launch.grid.z,
                       launch.block.x * launch.block.y * launch.block.z, launch.dynamic_shared);
        if (!launch.arguments.empty()) arguments = numbers(launch);
    } else if (auto* host = std::get_if<HostWork>(&work)) {
        line = text_of("library\t%s\t0\t0\t0", host->name);
        bytes = library_bytes(*host);
        arguments = std::to_string(host->multiplications);
    } else if (std::holds_alternative<CopyWork>(work)) line = "copy\tcopy\t0\t0\t0";
    else if (std::holds_alternative<FillWork>(work)) line = "fill\tfill\t0\t0\t0";
    else return;
    driver().listing.text += line + text_of("\t%zu\t", bytes) + arguments + "\n";
}

void run_now(const Work& work) {
    if (auto* kernel = std::get_if<KernelWork>(&work)) {
        if (std::optional<Fault> found = run(kernel->launch)) fault(found->code, found->text);
    } else if (auto* copy = std::get_if<CopyWork>(&work)) do_copy(*copy);
    else if (auto* fill = std::get_if<FillWork>(&work)) do_fill(*fill);
    else if (auto* host = std::get_if<HostWork>(&work)) do_host(*host);
}

}  // namespace

void perform(const Work& work) {
    const size_t before = moved(counters());
    if (driver().listing.mode != Listing::INSTEAD) run_now(work);
    if (driver().listing.mode == Listing::DONE || driver().listing.mode == Listing::INSTEAD) list(work, moved(counters()) - before);
}

}  // namespace cuemu
