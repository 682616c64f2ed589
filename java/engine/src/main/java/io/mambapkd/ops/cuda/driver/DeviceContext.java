package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.ops.cuda.ptx.PtxEntry;
import io.mambapkd.tensor.Tensor;
import java.util.LinkedHashSet;
import java.util.Set;
import jcuda.driver.CUcontext;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureStatus;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * The primary context of a device, one stream in it, and everything that was allocated through it.
 *
 * <p>The primary context is that of all libraries of the process; the stream does not wait for the legacy stream.
 */
public final class DeviceContext extends CudaContext {
    /** What the device has. */
    public record Room(long freeBytes, long totalBytes) {}

    private final CudaDevice device;
    private final CudaOptions options;
    private final CUcontext context;
    private final CUstream stream = new CUstream();
    private final PinnedBuffer arguments;
    private final Raw argumentAddresses;
    private final DeviceModules modules;
    private final Set<CudaMemory> allocated = new LinkedHashSet<>();
    private @Nullable CudaMemory scratch;
    private boolean scratchIsCaptured;
    private boolean closed;

    private DeviceContext(CudaDevice device, CudaOptions options, CUcontext context, PinnedBuffer arguments) {
        super(arguments.contents());
        this.device = device;
        this.options = options;
        this.context = context;
        this.arguments = arguments;
        // Behind the values lie their addresses, which never change.
        for (int i = 0; i < Launch.MOST_ARGUMENTS; i++) {
            arguments.contents().putLong(ARGUMENT_BYTES + i * Long.BYTES, arguments.address((long) i * Long.BYTES));
        }
        argumentAddresses = new Raw(arguments.address(ARGUMENT_BYTES));
        CudaStatus.check(
                JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
                () -> "cuStreamCreate(CU_STREAM_NON_BLOCKING)");
        modules = DeviceModules.of(device);
    }

    /**
     * Loads the driver and asks it for the device, without a context on it.
     *
     * @throws io.mambapkd.InputException if there is no driver, no such device, or it is of no use
     */
    public static CudaDevice find(CudaOptions options) {
        CudaNatives.load(options.libraryFolders());
        CudaDevice device = CudaDevice.find(options.device());
        device.requireProducts(options.products());
        return device;
    }

    /**
     * Loads the driver and opens a device.
     *
     * @throws io.mambapkd.InputException if there is no driver, no such device, or it is of no use
     */
    public static DeviceContext open(CudaOptions options) {
        CudaDevice device = find(options);
        CUcontext context = new CUcontext();
        CudaStatus.check(
                JCudaDriver.cuDevicePrimaryCtxRetain(context, device.handle()),
                () -> "cuDevicePrimaryCtxRetain(device=" + device.index() + ")");
        Releases undo = new Releases();
        undo.add(() -> JCudaDriver.cuDevicePrimaryCtxRelease(device.handle()));
        try {
            CudaStatus.check(JCudaDriver.cuCtxSetCurrent(context), () -> "cuCtxSetCurrent()");
            PinnedBuffer arguments = new PinnedBuffer(2L * ARGUMENT_BYTES);
            undo.add(arguments::close);
            return new DeviceContext(device, options, context, arguments);
        } catch (RuntimeException | Error failure) {
            undo.after(failure);
            throw failure;
        }
    }

    public CudaDevice device() {
        return device;
    }

    public CUstream stream() {
        return stream;
    }

    /** Makes the context that of the calling thread. To be called before any other call of the driver. */
    public void enter() {
        if (closed) {
            throw new IllegalStateException(
                    "the CUDA backend of device " + device.index() + " was used after it was closed");
        }
        int status = JCudaDriver.cuCtxSetCurrent(context);
        if (status != CudaStatus.SUCCESS) {
            throw CudaStatus.failure(status, "cuCtxSetCurrent()");
        }
    }

    /** Like {@link #enter} for giving things back, which also happens after a device error. */
    public void enterToRelease() {
        CudaStatus.checkRelease(JCudaDriver.cuCtxSetCurrent(context), () -> "cuCtxSetCurrent()");
    }

    public boolean isOpen() {
        return !closed;
    }

    @Override
    public Kernel kernel(String family, String entry) {
        enter();
        return modules.kernel(family, entry);
    }

    @Override
    public long address(Tensor tensor) {
        if (!(tensor.memory() instanceof CudaMemory memory)) {
            throw new IllegalArgumentException(tensor + " does not live on the CUDA backend; copy it there first");
        }
        if (memory.owner() != this) {
            throw new IllegalArgumentException(
                    tensor + " lives on another CUDA backend; copy it through the host first");
        }
        DeferredSums deferred = deferred();
        if (deferred != null) {
            deferred.reach(tensor);
        }
        return memory.address() + tensor.offset() * tensor.dtype().bytes();
    }

    @Override
    public int sharedLimit() {
        return device.sharedBytes();
    }

    @Override
    void run(Kernel kernel, int gridX, int gridY, int gridZ, int sharedBytes) {
        enter();
        if (sharedBytes > kernel.sharedBytesAllowed()) {
            allowShared(kernel, sharedBytes);
        }
        PtxEntry.Block block = kernel.block();
        int status = JCudaDriver.cuLaunchKernel(
                kernel.function(),
                gridX,
                gridY,
                gridZ,
                block.x(),
                block.y(),
                block.z(),
                sharedBytes,
                stream,
                argumentAddresses,
                null);
        if (status != CudaStatus.SUCCESS) {
            throw CudaStatus.failure(status, call(kernel, gridX, gridY, gridZ, sharedBytes));
        }
        if (options.launches() == CudaOptions.Launches.SYNCHRONISED && !isCapturing()) {
            status = JCudaDriver.cuStreamSynchronize(stream);
            if (status != CudaStatus.SUCCESS) {
                throw CudaStatus.inKernel(status, call(kernel, gridX, gridY, gridZ, sharedBytes));
            }
        }
    }

    private static String call(Kernel kernel, int gridX, int gridY, int gridZ, int sharedBytes) {
        return "cuLaunchKernel(" + kernel + ", grid=(" + gridX + ", " + gridY + ", " + gridZ + "), block="
                + kernel.block() + ", shared=" + sharedBytes + ")";
    }

    private void allowShared(Kernel kernel, int bytes) {
        int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        if (bytes > device.sharedBytes()) {
            throw new IllegalArgumentException(
                    "launch of " + kernel + ": a block needs " + bytes + " bytes of shared memory but device "
                            + device.index() + " gives at most " + device.sharedBytes());
        }
        // Another backend may share the kernel, and must not lower what it is allowed.
        synchronized (kernel) {
            if (bytes > kernel.sharedBytesAllowed()) {
                CudaStatus.check(
                        JCudaDriver.cuFuncSetAttribute(kernel.function(), attribute, bytes),
                        () -> "cuFuncSetAttribute(" + kernel + ", MAX_DYNAMIC_SHARED_SIZE_BYTES, " + bytes + ")");
                kernel.allowSharedBytes(bytes);
            }
        }
    }

    /** Waits for all work on the stream. */
    public void synchronise() {
        enter();
        CudaStatus.check(JCudaDriver.cuStreamSynchronize(stream), () -> "cuStreamSynchronize()");
    }

    /** Whether launches go into a graph and not to the device. */
    public boolean isCapturing() {
        int[] status = new int[1];
        CudaStatus.check(JCudaDriver.cuStreamIsCapturing(stream, status), () -> "cuStreamIsCapturing()");
        return status[0] != CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE;
    }

    /** Free and total memory of the device. */
    public Room room() {
        enter();
        long[] free = new long[1];
        long[] total = new long[1];
        CudaStatus.check(JCudaDriver.cuMemGetInfo(free, total), () -> "cuMemGetInfo()");
        return new Room(free[0], total[0]);
    }

    /** New device memory with any content, on a 256-byte boundary. */
    public CudaMemory allocate(long bytes) {
        enter();
        DeviceAddress address = new DeviceAddress();
        CudaStatus.check(JCudaDriver.cuMemAlloc(address, bytes), () -> "cuMemAlloc(bytes=" + bytes + ")");
        CudaMemory memory = new CudaMemory(this, address.value(), bytes);
        allocated.add(memory);
        return memory;
    }

    /** Frees memory after all work on the stream; does nothing if closing this context has freed it. */
    public void free(CudaMemory memory) {
        if (!closed && allocated.remove(memory)) {
            enterToRelease();
            JCudaDriver.cuStreamSynchronize(stream);
            CudaStatus.checkRelease(
                    JCudaDriver.cuMemFree(new DeviceAddress(memory.address())),
                    () -> "cuMemFree(bytes=" + memory.bytes() + ")");
        }
    }

    /** Sets {@code bytes} bytes from {@code address} to zero, in the order of the stream. */
    public void zero(long address, long bytes) {
        enter();
        DeviceAddress start = new DeviceAddress(address);
        int status = address % Integer.BYTES == 0 && bytes % Integer.BYTES == 0
                ? JCudaDriver.cuMemsetD32Async(start, 0, bytes / Integer.BYTES, stream)
                : JCudaDriver.cuMemsetD8Async(start, (byte) 0, bytes, stream);
        CudaStatus.check(status, () -> "cuMemsetAsync(bytes=" + bytes + ")");
    }

    @Override
    public long scratch(long bytes) {
        CudaMemory present = scratch;
        boolean exactly = options.memory() == CudaOptions.MemoryLayout.SEPARATE;
        if (present != null && (exactly ? bytes == present.bytes() : bytes <= present.bytes())) {
            return present.address();
        }
        enter();
        if (isCapturing()) {
            throw new IllegalStateException("scratch memory cannot grow to " + bytes
                    + " bytes while launches are captured; run them once before");
        }
        if (present != null && !scratchIsCaptured) {
            free(present);
        }
        scratch = null;
        scratchIsCaptured = false;
        CudaMemory grown = allocate(Math.max(1, bytes));
        scratch = grown;
        return grown.address();
    }

    /** Keeps the present scratch memory until the end, even if it must grow: graphs hold its address. */
    void keepScratch() {
        scratchIsCaptured = true;
    }

    @Override
    public void close() {
        if (!closed) {
            Releases releases = new Releases();
            releases.add(() -> JCudaDriver.cuDevicePrimaryCtxRelease(device.handle()));
            releases.add(() -> JCudaDriver.cuStreamDestroy(stream));
            releases.add(arguments::close);
            releases.add(modules::release);
            releases.add(this::enterToRelease);
            releases.add(() -> closed = true);
            allocated.forEach(memory -> releases.add(() -> free(memory)));
            releases.all();
        }
    }
}
