package io.mambapkd.ops.cuda.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.TestDevice;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** cuBLAS and cuDNN as a backend holds them. */
class CudaLibrariesTest {
    @BeforeAll
    static void device() {
        TestDevice.require();
    }

    private static CudaOptions options(CudaOptions.Products products, CudaOptions.Libraries libraries) {
        CudaOptions usual = TestDevice.options(CudaOptions.MemoryLayout.PACKED);
        return new CudaOptions(0, usual.launches(), usual.memory(), usual.libraryFolders(), products, libraries);
    }

    /** 1 + 2^-12 has two digits more than TF32. */
    @Test
    void factorsAreRoundedOnlyIfThatIsAskedFor() {
        float fine = 1 + 0x1p-12f;
        assertThat(square(fine, CudaOptions.Products.FLOAT32)).isEqualTo(fine * fine);
        assertThat(square(fine, CudaOptions.Products.TF32)).isEqualTo(1);
    }

    private static float square(float value, CudaOptions.Products products) {
        try (Backend cuda = new CudaBackend(options(products, CudaOptions.Libraries.AT_ONCE));
                Arena arena = cuda.newArena("products")) {
            Tensor x = arena.allocate("x", 16, 16);
            Tensor y = arena.allocate("y", 16, 16);
            arena.seal();
            float[] values = new float[256];
            for (int i = 0; i < 16; i++) {
                values[17 * i] = value;
            }
            cuda.upload(values, x);
            cuda.gemm().multiply(x, Transpose.NO, x, Transpose.NO, Write.OVERWRITE, y);
            return cuda.download(y)[0];
        }
    }

    @Test
    void librariesGiveTheirMemoryBackWithTheBackend() {
        try (DeviceContext watch = DeviceContext.open(TestDevice.options(CudaOptions.MemoryLayout.PACKED))) {
            long before = watch.room().freeBytes();
            try (Backend cuda = new CudaBackend(options(CudaOptions.Products.FLOAT32, CudaOptions.Libraries.AT_ONCE))) {
                assertThat(watch.room().freeBytes()).isLessThan(before);
                assertThat(cuda.gemm()).isSameAs(cuda.gemm());
                assertThat(cuda.conv2d()).isSameAs(cuda.conv2d());
            }
            assertThat(watch.room().freeBytes()).isEqualTo(before);
        }
    }
}
