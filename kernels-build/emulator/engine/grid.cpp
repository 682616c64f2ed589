// Runs a whole grid: blocks in the schedule's order.
#include <signal.h>

#include <numeric>

#include "block.h"
#include "libraries.h"
#include "shadow.h"

namespace cuemu {
namespace {

// The order of a launch's blocks.
struct Blocks {
    uint64_t schedule, count;
    uint64_t factor, shift;  // of a random order: (factor i + shift) mod count

    explicit Blocks(const Dim& grid) : schedule(settings().schedule), count(static_cast<uint64_t>(grid.x) * grid.y * grid.z) {
        uint64_t state = schedule;
        shift = next_random(state) % count;
        do {
            factor = next_random(state) % count | 1;
        } while (std::gcd(factor, count) != 1);
    }
    uint64_t at(uint64_t i) const {
        if (schedule < 2) {
            return schedule == 0 ? i : count - 1 - i;
        }
        return static_cast<uint64_t>((static_cast<unsigned __int128>(factor) * i + shift) % count);
    }
};

// Never destroyed: another thread may still launch while the process exits.
Worker& the_worker() {
    static Worker* const instance = new Worker;
    return *instance;
}

}  // namespace

Settings& settings() {
    static Settings instance;
    return instance;
}

Counters& counters() {
    static Counters total;
    return total;
}

std::optional<Fault> run(const Launch& launch) {
    counters().launches++;
    const bool checked = settings().checked;
    const Kernel* kernel = in_build(*launch.kernel, checked);
    if (kernel == nullptr) {
        return Fault{LAUNCH_FAILED, launch.kernel->name + ": not in the " + (checked ? "checked" : "plain") + " build; " + kernel_libraries()};
    }
    const Blocks blocks(launch.grid);
    std::vector<const void*> arguments;
    for (const std::vector<unsigned char>& argument : launch.arguments) {
        arguments.push_back(argument.data());
    }
    on_fault_handlers();
    Worker& worker = the_worker();
    worker.launch = &launch;
    worker.kernel = kernel;
    worker.library = &library_of(*kernel);
    worker.checked = checked;
    worker.arguments = arguments.data();
    worker.view.grid_dim = {launch.grid.x, launch.grid.y, launch.grid.z};
    worker.view.block_dim = {launch.block.x, launch.block.y, launch.block.z};
    worker.threads = launch.block.x * launch.block.y * launch.block.z;
    worker.dynamic_bytes = launch.dynamic_shared;
    worker.dynamic = worker.dynamic_end - ((launch.dynamic_shared + 15) & ~size_t{15});
    worker.statics = static_shared(*worker.library);
    worker.static_bytes = worker.library->tls_bytes;
    if (checked) {
        begin_checked_launch(&worker, blocks.count);
    } else {
        note_plain_launch();
    }

    // Kernels need a stack for their fault handler besides their own.
    stack_t alternate{}, before{};
    alternate.ss_sp = worker.alternate_stack;
    alternate.ss_size = STACK_BYTES;
    sigaltstack(&alternate, &before);
    bool good = true;
    for (uint64_t i = 0; good && i < blocks.count; i++) {
        if (checked) {
            shadow.serial++;
        }
        good = worker.run_block(blocks.at(i));
    }
    sigaltstack(&before, nullptr);

    std::optional<Fault> fault;
    const auto add = [&](const Finding& finding) {
        const std::string line = describe(finding, launch, &worker);
        if (!fault) {
            fault = Fault{code_of(finding.kind), line};
        } else {
            fault->text += "\n" + line;
        }
    };
    if (!good) {
        add(worker.finding);
    }
    if (checked) {
        end_checked_launch();
        for (const Finding& finding : shadow.findings) {
            add(finding);
        }
    }
    return fault;
}

}  // namespace cuemu
