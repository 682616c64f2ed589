package io.mambapkd.bench.variants;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.kernels.CudaScan;

/** The variants of the scan in {@code bench/kernels}. */
public final class ScanVariants {
    private ScanVariants() {}

    /** The kernels that ship for what the faster ones do not fit; both passes. */
    public static ScanOps general(CudaBackend backend) {
        return CudaScan.general(backend.context());
    }

    /** Steps over the lanes of a warp, as in the published CUDA code of Mamba; forward alone, the rest is the backend's own. */
    public static ScanOps warp(CudaBackend backend) {
        return new WarpScan(backend);
    }
}
