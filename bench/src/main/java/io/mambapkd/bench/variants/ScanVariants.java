package io.mambapkd.bench.variants;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cuda.CudaBackend;

/** The variants of the scan in {@code bench/kernels}. */
public final class ScanVariants {
    private ScanVariants() {}

    /** Steps over the lanes of a warp, as in the published CUDA code of Mamba; forward alone, the rest is the backend's own. */
    public static ScanOps warp(CudaBackend backend) {
        return new WarpScan(backend);
    }
}
