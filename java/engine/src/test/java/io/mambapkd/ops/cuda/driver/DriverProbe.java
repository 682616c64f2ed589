package io.mambapkd.ops.cuda.driver;

import io.mambapkd.InputException;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;

/** A process of its own that opens a backend and uses it as its argument says; prints what came of it. */
public final class DriverProbe {
    private DriverProbe() {}

    public static void main(String[] arguments) {
        String before = System.getProperty("java.io.tmpdir");
        try (CudaBackend cuda = new CudaBackend(CudaOptions.of(0, System.getenv()))) {
            System.out.println("opened " + cuda.description());
            switch (arguments[0]) {
                case "open" -> {}
                case "product" -> product(cuda);
                case "activations" -> activations(cuda);
                case "fault" -> fault();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            System.out.println("done");
        } catch (InputException | IllegalStateException refused) {
            System.out.println("refused: " + refused.getMessage());
        }
        System.out.println("tmpdir " + before.equals(System.getProperty("java.io.tmpdir")));
    }

    /** (1 2; 3 4) (5 6; 7 8). */
    private static void product(CudaBackend cuda) {
        try (Arena arena = cuda.newArena("product")) {
            Tensor a = arena.allocate("a", 2, 2);
            Tensor b = arena.allocate("b", 2, 2);
            Tensor c = arena.allocate("c", 2, 2);
            arena.seal();
            cuda.upload(new float[] {1, 2, 3, 4}, a);
            cuda.upload(new float[] {5, 6, 7, 8}, b);
            cuda.gemm().multiply(a, Transpose.NO, b, Transpose.NO, Write.OVERWRITE, c);
            System.out.println("product " + Arrays.toString(cuda.download(c)));
        }
    }

    /** 16 MiB for a batch of 128, twice. */
    private static void activations(CudaBackend cuda) {
        try (Arena arena = cuda.newArena("student-1 activations")) {
            arena.allocate("hidden.0", 128, 1 << 15);
            arena.allocate("hidden.1", 128, 1 << 15);
            arena.seal(128);
        }
    }

    /** Lets a kernel write to an address that belongs to nobody, then goes on. */
    private static void fault() {
        try (DeviceContext context = DeviceContext.open(CudaOptions.of(0, System.getenv()));
                CudaCopies copies = new CudaCopies(context, 64);
                Arena arena = new CudaArena(context, "a", Arena.Layout.SEPARABLE, Arena.Blocks.PER_TENSOR)) {
            Tensor aLog = arena.allocate("aLog", 4);
            arena.seal();
            Kernel decay = context.kernel("selective_scan", "decay_fwd_f32");
            try {
                context.launch(decay).address(64).tensor(aLog).int32(4).grid(1);
                copies.download(aLog, (slot, from, count) -> {});
            } catch (UnusableDeviceException failure) {
                System.out.println("failed: " + failure.getMessage());
                System.out.println("sticky " + CudaStatus.isSticky(failure.status()));
            }
            copies.download(aLog, (slot, from, count) -> {});
        } catch (UnusableDeviceException again) {
            System.out.println("again: " + again.getMessage());
            System.out.println("failures of closing " + again.getSuppressed().length);
        }
    }
}
