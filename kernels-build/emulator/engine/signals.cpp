// A fault inside a kernel becomes a finding; every other fault goes to whoever handled it before (the Java virtual machine, for one).
#include <signal.h>
#include <ucontext.h>

#include <cstring>

#include "block.h"

namespace cuemu {
namespace {

struct sigaction earlier[NSIG];

// Runs on the worker's abort stack, outside the handler.
void leave(Worker* worker) { abort_block(worker, worker->finding); }

void handle(int signal, siginfo_t* info, void* context) {
    mcontext_t& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
    const uintptr_t sp = static_cast<uintptr_t>(machine.gregs[REG_RSP]);
    Worker* worker = worker_of(sp);
    if (worker == nullptr) {
        const struct sigaction& old = earlier[signal];
        if ((old.sa_flags & SA_SIGINFO) != 0 && old.sa_sigaction != nullptr) {
            old.sa_sigaction(signal, info, context);
        } else if (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN) {
            ::signal(signal, SIG_DFL);  // the instruction runs again and ends the process as it would have
        } else {
            old.sa_handler(signal);
        }
        return;
    }
    Finding& finding = worker->finding;
    finding.thread = worker->thread;
    finding.pc = static_cast<uintptr_t>(machine.gregs[REG_RIP]) + 1;  // as if it were a return address
    finding.address = reinterpret_cast<uintptr_t>(info->si_addr);
    finding.bytes = 0;
    const uintptr_t stack_begin = sp & ~(STACK_BYTES - 1);
    if (signal == SIGFPE) {
        finding.kind = FindingKind::DivisionByZero;
    } else if (finding.address - stack_begin < STACK_GUARD_BYTES) {
        finding.kind = FindingKind::StackOverflow;
    } else if (info->si_code == SI_KERNEL) {
        finding.kind = FindingKind::IllegalAccess;  // not an address that a pointer of this machine can hold
        finding.address = 0;
    } else {
        finding.kind = (machine.gregs[REG_ERR] & 2) != 0 ? FindingKind::IllegalWrite : FindingKind::IllegalRead;
    }
    // Return from the handler into leave(worker), on a stack that is certainly sound.
    machine.gregs[REG_RDI] = reinterpret_cast<greg_t>(worker);
    machine.gregs[REG_RSP] = static_cast<greg_t>(worker->abort_stack - 64 - 8);
    machine.gregs[REG_RIP] = reinterpret_cast<greg_t>(&leave);
}

}  // namespace

void on_fault_handlers() {
    static bool installed = false;
    if (installed) {
        return;
    }
    installed = true;
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE}) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_sigaction = &handle;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, &earlier[signal]);
    }
}

}  // namespace cuemu
