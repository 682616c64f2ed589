package io.mambapkd.cli;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.CudaOptions;

/** Opens the first CUDA device. */
final class CudaMachine {
    private CudaMachine() {}

    /** The usual options, and what the environment says. */
    static CudaOptions environment() {
        return CudaOptions.of(0, System.getenv());
    }

    /** @throws io.mambapkd.InputException if there is no device, or something that it needs is missing */
    static Backend open(CudaOptions options) {
        return new CudaBackend(options);
    }
}
