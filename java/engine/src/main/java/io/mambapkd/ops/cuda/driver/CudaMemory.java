package io.mambapkd.ops.cuda.driver;

import io.mambapkd.tensor.Memory;

/**
 * A block of device memory.
 *
 * @param owner the context that it was allocated in
 * @param address device address of the first byte
 * @param bytes its size
 */
public record CudaMemory(CudaContext owner, long address, long bytes) implements Memory {}
