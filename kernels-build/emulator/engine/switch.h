// Changes from one stack to another.
#pragma once

namespace cuemu {

// Saves the caller's context in *save and continues at the one saved in `load`. Only the registers that a call must keep are moved.
// The way out is pop and jmp: a ret would be predicted to go back to the caller of this very call and cost three times as much.
extern "C" void cuemu_switch(void** save, void* load);

// Continues at `load` and gives the present context up.
extern "C" [[noreturn]] void cuemu_jump(void* load);

}  // namespace cuemu
