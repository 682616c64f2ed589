package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps;

/** The parts of a Mamba block that are one kernel. */
final class CudaBlock implements BlockOps {}
