package io.mambapkd.cli.machine;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.options.CudaOptions;

/** Opens a GPU. Tests of the command line put another answer in its place. */
@FunctionalInterface
public interface CudaMachine {
    CudaMachine REAL = CudaBackend::new;

    /** @throws io.mambapkd.InputException if there is no device, or something that it needs is missing */
    Backend open(CudaOptions options);
}
