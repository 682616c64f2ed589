package io.mambapkd.ops.cuda;

/** What the operations of one CUDA backend share: the stream, the kernels, scratch memory. */
@SuppressWarnings("DoNotCallSuggester") // Nothing works yet.
final class CudaContext implements AutoCloseable {
    private final CudaOptions options;

    CudaContext(CudaOptions options) {
        this.options = options;
    }

    /**
     * An entry of {@code FAMILY.ptx}; keep it in a field.
     *
     * @throws IllegalArgumentException if the family has no such entry
     */
    Kernel kernel(String family, String entry) {
        throw unfinished();
    }

    /** Starts a launch; give the arguments in the kernel's order, then the grid. */
    Launch launch(Kernel kernel) {
        throw unfinished();
    }

    /** Device address of at least {@code bytes} bytes on a 256-byte boundary, valid until the next call. */
    long scratch(long bytes) {
        throw unfinished();
    }

    @Override
    public void close() {
        throw unfinished();
    }

    private UnsupportedOperationException unfinished() {
        return new UnsupportedOperationException("the context of device " + options.device() + " is not built yet");
    }
}
