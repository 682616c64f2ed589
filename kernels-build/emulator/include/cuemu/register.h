// How a kernel library tells the engine what it holds. The generated files end in one CUEMU_KERNEL(name, launch bounds...) for each entry.
#pragma once

#include <cstddef>
#include <utility>

#include "abi.h"

namespace cuemu {

template <auto Function>
struct Entry;

template <class... Parameters, void (*Function)(Parameters...)>
struct Entry<Function> {
    // The arguments lie in memory of the host: not for the checked build to judge.
    template <size_t... I>
    __attribute__((no_sanitize("thread"))) static void call(const void* const* arguments, std::index_sequence<I...>) {
        Function(*static_cast<const std::remove_cv_t<Parameters>*>(arguments[I])...);
    }
    static void invoke(const void* const* arguments) { call(arguments, std::index_sequence_for<Parameters...>()); }
    __attribute__((no_sanitize("thread"))) static void enlist(const char* name, unsigned max_threads) {
        const size_t bytes[] = {sizeof(Parameters)..., 0};
        register_kernel(name, max_threads, bytes, sizeof...(Parameters), &invoke);
    }
};

// The first argument of __launch_bounds__, 0 without one.
constexpr unsigned first_bound(unsigned threads = 0, unsigned = 0, unsigned = 0) { return threads; }

}  // namespace cuemu

#define CUEMU_KERNEL(name, ...)                                                              \
    static const bool cuemu_enlisted_##name =                                                \
        (cuemu::Entry<&name>::enlist(#name, cuemu::first_bound(__VA_ARGS__)), true);
