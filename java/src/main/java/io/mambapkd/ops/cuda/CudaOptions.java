package io.mambapkd.ops.cuda;

/**
 * How a CUDA backend runs.
 *
 * @param device index of the device, from 0, as the driver counts them
 * @param launches whether to wait for each kernel
 * @param memory how arenas are laid out
 */
public record CudaOptions(int device, Launches launches, MemoryLayout memory) {
    /** Whether a launch waits for the kernel. */
    public enum Launches {
        /** Launches return at once; a device error shows at a later call. */
        ASYNCHRONOUS,
        /** Every launch waits for its kernel, so that a device error names it. For finding faults; slow. */
        SYNCHRONISED
    }

    /** How the tensors of an arena lie in device memory. */
    public enum MemoryLayout {
        /** One block for each element type. */
        PACKED,
        /** One allocation for each tensor, so that memory checkers see an access past its end. For finding faults. */
        SEPARATE
    }

    public CudaOptions {
        if (device < 0) {
            throw new IllegalArgumentException("CUDA device must be 0 or more, got " + device);
        }
    }
}
