package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** A test that fails, for tests of what comes after it: its kernel writes where no memory is. Its name keeps it out of other runs. */
class DeviceFault {
    @Test
    void writesToAnAddressOfNobody() {
        RealDevice.hold();
        try (DeviceContext context = DeviceContext.open(TestDevice.options(CudaOptions.MemoryLayout.PACKED));
                Arena arena = new CudaArena(context, "a", Arena.Layout.SEPARABLE, Arena.Blocks.PER_TENSOR)) {
            Tensor aLog = arena.allocate("aLog", 4);
            arena.seal();
            Kernel decay = context.kernel("selective_scan", "decay_fwd_f32");
            context.launch(decay).address(64).tensor(aLog).int32(4).grid(1);
        }
    }
}
