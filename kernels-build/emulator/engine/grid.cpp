// Runs a whole grid: blocks in the schedule's order, shared between OS threads.
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <thread>

#include "block.h"
#include "libraries.h"
#include "shadow.h"

namespace cuemu {
namespace {

struct Job {
    const Launch* launch;
    const Kernel* kernel;
    const Library* library;
    std::vector<const void*> arguments;
    uint64_t blocks;
    uint64_t factor, shift;  // of a random order: (factor i + shift) mod blocks
    std::atomic<uint64_t> next;
    std::atomic<bool> stop;
};

uint64_t block_at(const Job& job, uint64_t i) {
    const uint64_t schedule = settings().schedule;
    if (schedule == 0) {
        return i;
    }
    if (schedule == 1) {
        return job.blocks - 1 - i;
    }
    return static_cast<uint64_t>((static_cast<unsigned __int128>(job.factor) * i + job.shift) % job.blocks);
}

// What one OS thread does for a job. Kernels need a stack for their fault handler besides their own.
void work(Worker* worker, Job& job) {
    const Launch& launch = *job.launch;
    worker->launch = &launch;
    worker->kernel = job.kernel;
    worker->library = job.library;
    worker->checked = job.library->checked;
    worker->arguments = job.arguments.data();
    worker->view.grid_dim = {launch.grid.x, launch.grid.y, launch.grid.z};
    worker->view.block_dim = {launch.block.x, launch.block.y, launch.block.z};
    worker->threads = launch.block.x * launch.block.y * launch.block.z;
    worker->dynamic_bytes = launch.dynamic_shared;
    worker->dynamic = worker->dynamic_end - ((launch.dynamic_shared + 15) & ~size_t{15});
    worker->statics = static_shared(*job.library);
    worker->static_bytes = job.library->tls_bytes;
    worker->finding.kind = FindingKind::None;

    stack_t alternate{}, before{};
    alternate.ss_sp = worker->alternate_stack;
    alternate.ss_size = STACK_BYTES;
    sigaltstack(&alternate, &before);
    for (uint64_t i; !job.stop.load(std::memory_order_relaxed) && (i = job.next.fetch_add(1)) < job.blocks;) {
        if (worker->checked) {
            begin_checked_block(worker);
        }
        if (!worker->run_block(block_at(job, i))) {
            job.stop.store(true);
        }
    }
    sigaltstack(&before, nullptr);
}

// Helpers of the calling thread. Made on demand, never destroyed: at exit they sleep.
struct Pool {
    std::mutex mutex;
    std::condition_variable wake, done;
    std::vector<Worker*> workers;  // [0] is the calling thread's
    Job* job = nullptr;
    uint64_t round = 0;
    size_t wanted = 0, running = 0;

    void helper(size_t index) {
        std::unique_lock<std::mutex> lock(mutex);
        uint64_t seen = 0;
        for (;;) {
            wake.wait(lock, [&] { return round != seen && job != nullptr && index < wanted; });
            seen = round;
            Job* mine = job;
            lock.unlock();
            work(workers[index], *mine);
            lock.lock();
            if (--running == 0) {
                done.notify_one();
            }
        }
    }

    void run(Job& new_job, size_t threads) {
        std::unique_lock<std::mutex> lock(mutex);
        while (workers.size() < threads) {
            workers.push_back(new Worker);
            const size_t index = workers.size() - 1;
            if (index > 0) {
                std::thread([this, index] { helper(index); }).detach();
            }
        }
        if (threads == 1) {
            lock.unlock();
            work(workers[0], new_job);
            return;
        }
        job = &new_job;
        wanted = threads;
        running = threads - 1;
        round++;
        wake.notify_all();
        lock.unlock();
        work(workers[0], new_job);
        lock.lock();
        done.wait(lock, [&] { return running == 0; });
        job = nullptr;
    }
};

Pool& pool() {
    static Pool* const instance = new Pool;
    return *instance;
}

}  // namespace

Settings& settings() {
    static Settings* const instance = [] {
        Settings* made = new Settings;
        if (const char* threads = getenv("CUEMU_THREADS")) {
            made->threads = atoi(threads) > 0 ? atoi(threads) : 1;
        }
        return made;
    }();
    return *instance;
}

Counters& counters() {
    static Counters total;
    return total;
}

std::optional<Fault> run(const Launch& launch) {
    counters().launches++;
    const bool checked = settings().checked;
    Job job;
    job.launch = &launch;
    job.kernel = in_build(*launch.kernel, checked);
    if (job.kernel == nullptr) {
        return Fault{LAUNCH_FAILED, launch.kernel->name + ": not in the " + (checked ? "checked" : "plain") + " build; " + kernel_libraries()};
    }
    job.library = &library_of(*job.kernel);
    for (const std::vector<unsigned char>& argument : launch.arguments) {
        job.arguments.push_back(argument.data());
    }
    job.blocks = static_cast<uint64_t>(launch.grid.x) * launch.grid.y * launch.grid.z;
    job.next = 0;
    job.stop = false;
    uint64_t state = settings().schedule;
    job.shift = next_random(state) % job.blocks;
    do {
        job.factor = next_random(state) % job.blocks | 1;
    } while (std::gcd(job.factor, job.blocks) != 1);

    on_fault_handlers();
    Pool& p = pool();
    if (p.workers.empty()) {
        p.workers.push_back(new Worker);
    }
    if (checked) {
        Worker* worker = p.workers[0];
        worker->library = job.library;
        begin_checked_launch(worker, job.blocks);
        p.run(job, 1);
        end_checked_launch();
    } else {
        note_plain_launch();
        const size_t threads = static_cast<size_t>(settings().threads);
        p.run(job, job.blocks < threads ? static_cast<size_t>(job.blocks) : threads);
    }

    std::optional<Fault> fault;
    const auto add = [&](const Finding& finding, const Worker* worker) {
        const std::string line = describe(finding, launch, worker);
        if (!fault) {
            fault = Fault{code_of(finding.kind), line};
        } else {
            fault->text += "\n" + line;
        }
    };
    for (Worker* worker : p.workers) {
        if (worker->finding.kind != FindingKind::None) {
            add(worker->finding, worker);
            worker->finding.kind = FindingKind::None;
        }
    }
    if (checked) {
        for (const Finding& finding : shadow.findings) {
            add(finding, p.workers[0]);
        }
    }
    return fault;
}

}  // namespace cuemu
