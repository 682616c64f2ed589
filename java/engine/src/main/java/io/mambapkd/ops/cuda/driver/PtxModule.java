package io.mambapkd.ops.cuda.driver;

import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.ops.cuda.ptx.PtxEntry;
import io.mambapkd.ops.cuda.ptx.PtxFamily;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** A kernel family that the driver has compiled for a device. */
final class PtxModule implements AutoCloseable {
    private static final int LOG_BYTES = 4096;
    /** Shared memory of a block, static and dynamic, that needs no leave. */
    private static final int COMMON_SHARED_BYTES = 48 << 10;

    private final PtxFamily family;
    private final CUmodule module = new CUmodule();
    private final Map<String, Kernel> kernels = new HashMap<>();

    /**
     * Has the driver compile the family for the device of the current context.
     *
     * @throws UnusableDeviceException if it cannot, with the version of the driver that could
     * @throws CudaCallError if the PTX is wrong, with the compiler's own words
     */
    PtxModule(PtxFamily family, CudaDevice device) {
        this.family = family;
        byte[] text = family.text().getBytes(StandardCharsets.UTF_8);
        int logAt = 2 * Long.BYTES;
        int textAt = logAt + LOG_BYTES;
        // Values of the two options, the log, the text and its zero byte, in memory that stays where it is.
        try (PinnedBuffer memory = new PinnedBuffer(textAt + text.length + 1)) {
            ByteBuffer contents = memory.contents();
            contents.putLong(0, memory.address(logAt)).putLong(Long.BYTES, LOG_BYTES);
            contents.put(logAt, (byte) 0);
            contents.put(textAt, text).put(textAt + text.length, (byte) 0);
            int[] options = {CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
            int status = JCudaDriver.cuModuleLoadDataEx(
                    module, new Raw(memory.address(textAt)), options.length, options, new Raw(memory.address(0)));
            if (status != CudaStatus.SUCCESS) {
                throw refusal(status, family, device, log(contents, logAt));
            }
        }
    }

    /** Made visible for what no emulation can show: every status with every version. */
    static RuntimeException refusal(int status, PtxFamily family, CudaDevice device, String log) {
        String call = "cuModuleLoadDataEx(" + family.name() + ".ptx)";
        if (status == CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION
                || status == CUresult.CUDA_ERROR_INVALID_PTX && !device.knowsPtx(family.version())) {
            return new UnusableDeviceException(
                    status,
                    new Problem(
                            call + ": " + CudaStatus.name(status) + "; PTX " + family.version() / 10 + "."
                                    + family.version() % 10 + " needs a driver for CUDA "
                                    + CudaDevice.release(PtxFamily.neededDriver(family.version()))
                                    + " or newer but this one is for CUDA " + device.cudaVersion(),
                            "install a newer NVIDIA driver, or use --device cpu"));
        }
        if (status == CUresult.CUDA_ERROR_INVALID_PTX) {
            return new CudaCallError(
                    status,
                    call + ": CUDA_ERROR_INVALID_PTX" + (log.isEmpty() ? "" : ": " + log.replaceAll("\\s+", " ")));
        }
        return CudaStatus.failure(status, call);
    }

    private static String log(ByteBuffer contents, int at) {
        int end = at;
        while (end < at + LOG_BYTES && contents.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - at];
        contents.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }

    /**
     * One of its entries; always the same object, which knows what the driver's function allows.
     *
     * @throws IllegalArgumentException if the family has no such entry
     */
    Kernel kernel(String entry) {
        return kernels.computeIfAbsent(entry, this::find);
    }

    private Kernel find(String entry) {
        PtxEntry described = family.entry(entry);
        CUfunction function = new CUfunction();
        CudaStatus.check(
                JCudaDriver.cuModuleGetFunction(function, module, entry), () -> "cuModuleGetFunction(" + entry + ")");
        int[] staticBytes = new int[1];
        CudaStatus.check(
                JCudaDriver.cuFuncGetAttribute(
                        staticBytes, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function),
                () -> "cuFuncGetAttribute(SHARED_SIZE_BYTES, " + entry + ")");
        return new Kernel(described, function, COMMON_SHARED_BYTES - staticBytes[0]);
    }

    @Override
    public void close() {
        CudaStatus.checkRelease(JCudaDriver.cuModuleUnload(module), () -> "cuModuleUnload(" + family.name() + ".ptx)");
    }
}
