package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.DevicePointers;
import io.mambapkd.ops.cuda.driver.PinnedBuffer;
import io.mambapkd.ops.cuda.driver.Raw;
import io.mambapkd.ops.cuda.driver.Releases;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import io.mambapkd.ops.cuda.options.CudaOptions;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.runtime.cudaStream_t;

/** cuDNN on the stream of a context. */
public final class CudnnHandle implements AutoCloseable {
    private static final long FIRST_VERSION = 90_000;
    private static final long FIRST_OF_THE_NEXT = 100_000;

    private final DeviceContext context;
    private final cudnnHandle handle = new cudnnHandle();
    private final Raw one;
    private final Raw zero;
    private final PinnedBuffer scalars;
    private final DevicePointers pointers = new DevicePointers();

    /**
     * Loads cuDNN and starts it.
     *
     * @throws InputException if it is missing, of another version, or does not fit the device
     */
    public CudnnHandle(DeviceContext context, CudaOptions options) {
        this.context = context;
        load(options);
        context.enter();
        CudnnStatus.check(JCudnn.cudnnCreate(handle), () -> "cudnnCreate()");
        Releases undo = new Releases();
        undo.add(() -> JCudnn.cudnnDestroy(handle));
        try {
            CudnnStatus.check(
                    JCudnn.cudnnSetStream(handle, new cudaStream_t(context.stream())), () -> "cudnnSetStream()");
            scalars = new PinnedBuffer(2L * Float.BYTES);
        } catch (RuntimeException | Error failure) {
            undo.after(failure);
            throw failure;
        }
        scalars.contents().putFloat(0, 1f).putFloat(Float.BYTES, 0f);
        one = new Raw(scalars.address(0));
        zero = new Raw(scalars.address(Float.BYTES));
    }

    /** @throws InputException if it is missing or of another version */
    static void load(CudaOptions options) {
        NvidiaLibrary.CUDNN.load(options.libraryFolders());
        requireVersion(JCudnn.cudnnGetVersion());
    }

    /** @param version as cuDNN tells it, 90501 for 9.5.1 */
    public static void requireVersion(long version) {
        if (version < FIRST_VERSION || version >= FIRST_OF_THE_NEXT) {
            throw new InputException(new Problem(
                    "cuDNN 9 is needed but version " + version + " was found",
                    "name the folder of the right one with --cuda-libs FOLDER, or use --device cpu"));
        }
    }

    /** The handle, with the context made that of this thread. */
    cudnnHandle entered() {
        context.enter();
        return handle;
    }

    /** Whether what is called now goes into a graph and not to the device. */
    boolean isCapturing() {
        return context.isCapturing();
    }

    Raw one() {
        return one;
    }

    Raw zero() {
        return zero;
    }

    /** A device address for cuDNN. */
    Raw at(long address) {
        return pointers.at(address);
    }

    /** To be called before the context is closed. */
    @Override
    public void close() {
        JCudnn.cudnnDestroy(handle);
        scalars.close();
    }
}
