package io.mambapkd.ops.cuda.options;

import io.mambapkd.InputException;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How a CUDA backend runs.
 *
 * @param device index of the device, from 0, as the driver counts them
 * @param launches whether to wait for each kernel
 * @param memory how arenas are laid out
 * @param libraryFolders where NVIDIA's libraries are looked for before the places that the system knows
 * @param products how matrix products and convolutions round
 * @param libraries when cuBLAS and cuDNN are loaded
 * @param steps how work that repeats is done
 * @param fusion whether several operations are one kernel
 */
public record CudaOptions(
        int device,
        Launches launches,
        MemoryLayout memory,
        List<Path> libraryFolders,
        Products products,
        Libraries libraries,
        Steps steps,
        Fusion fusion) {
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

    /** How matrix products and convolutions round their factors; sums are always those of float. */
    public enum Products {
        /** As they are: errors like those of the CPU. */
        FLOAT32,
        /** To TF32, 10 bits behind the point, on devices that have it: several times faster, errors to 2^-11 a factor. */
        TF32
    }

    /** When cuBLAS and cuDNN are loaded, and their absence reported. */
    public enum Libraries {
        /** When the backend is made. */
        AT_ONCE,
        /**
         * When the backend is made, and started when matrix products or convolutions are first asked for: a library that is there and cannot start fails the
         * operations that need it, and no others.
         */
        STARTED_WHEN_NEEDED,
        /** When matrix products or convolutions are first asked for. */
        WHEN_NEEDED
    }

    /** How {@link io.mambapkd.ops.Backend#replay} repeats work. */
    public enum Steps {
        /** As one CUDA graph. The modes for finding faults do not use graphs all the same. */
        GRAPH,
        /** Launch by launch. */
        EAGER
    }

    /** Whether several operations are one kernel, for the extents that there is such a kernel for. */
    public enum Fusion {
        /** They are. */
        FUSED,
        /** Each operation is launched for itself: for research, and to find a wrong kernel. */
        SEPARATE
    }

    /** @throws InputException if the index is negative */
    public CudaOptions {
        if (device < 0) {
            throw new InputException("the index of a CUDA device must be 0 or more, got " + device);
        }
        libraryFolders = List.copyOf(libraryFolders);
    }

    /** With graphs and fused kernels. */
    public CudaOptions(
            int device,
            Launches launches,
            MemoryLayout memory,
            List<Path> libraryFolders,
            Products products,
            Libraries libraries) {
        this(device, launches, memory, libraryFolders, products, libraries, Steps.GRAPH, Fusion.FUSED);
    }

    /** With graphs, NVIDIA's libraries where the system finds them, when they are needed, and nothing rounded. */
    public CudaOptions(int device, Launches launches, MemoryLayout memory) {
        this(device, launches, memory, List.of(), Products.FLOAT32, Libraries.WHEN_NEEDED);
    }

    /** The same, repeating work in another way. */
    public CudaOptions with(Steps others) {
        return new CudaOptions(device, launches, memory, libraryFolders, products, libraries, others, fusion);
    }

    /** The same, with or without kernels for several operations. */
    public CudaOptions with(Fusion other) {
        return new CudaOptions(device, launches, memory, libraryFolders, products, libraries, steps, other);
    }

    /** The same, loading libraries at another time. */
    public CudaOptions with(Libraries others) {
        return new CudaOptions(device, launches, memory, libraryFolders, products, others, steps, fusion);
    }

    /** The same, rounding in another way. */
    public CudaOptions with(Products others) {
        return new CudaOptions(device, launches, memory, libraryFolders, others, libraries, steps, fusion);
    }

    /**
     * The same, with NVIDIA's libraries from other folders.
     *
     * @param setting that names them, for messages
     * @param path folders, separated as in a path
     * @throws InputException if one is no folder or has none of the libraries
     */
    public CudaOptions withLibraryFolders(String setting, String path) {
        List<Path> folders = LibraryFolders.checked(setting, path);
        return new CudaOptions(device, launches, memory, folders, products, libraries, steps, fusion);
    }

    /** Whether repeated work becomes a graph. */
    public boolean usesGraphs() {
        return steps == Steps.GRAPH && launches == Launches.ASYNCHRONOUS && memory == MemoryLayout.PACKED;
    }

    /**
     * The usual options, with the modes for finding faults that {@code MAMBA_PKD_CUDA_SYNC=1} and {@code
     * MAMBA_PKD_CUDA_SEPARATE=1} switch on, and NVIDIA's libraries from the folders of {@code MAMBA_PKD_CUDA_LIBS}.
     *
     * @param environment variables, such as {@link System#getenv()}
     * @throws InputException if one of the two is neither 0 nor 1, or a folder has none of the libraries
     */
    public static CudaOptions of(int device, Map<String, String> environment) {
        return new CudaOptions(
                device,
                isOn(environment, "MAMBA_PKD_CUDA_SYNC") ? Launches.SYNCHRONISED : Launches.ASYNCHRONOUS,
                isOn(environment, "MAMBA_PKD_CUDA_SEPARATE") ? MemoryLayout.SEPARATE : MemoryLayout.PACKED,
                LibraryFolders.of(environment),
                Products.FLOAT32,
                Libraries.AT_ONCE);
    }

    private static boolean isOn(Map<String, String> environment, String name) {
        String value = environment.getOrDefault(name, "0");
        return switch (value) {
            case "0", "" -> false;
            case "1" -> true;
            default -> throw new InputException("the environment variable " + name + " must be 0 or 1, got " + value);
        };
    }
}
