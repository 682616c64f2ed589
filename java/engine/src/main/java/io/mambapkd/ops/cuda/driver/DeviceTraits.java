package io.mambapkd.ops.cuda.driver;

/**
 * What limits the speed of a device, as its driver tells.
 *
 * @param capability compute capability, 90 for 9.0
 * @param multiprocessors number of them
 * @param clockKilohertz highest clock of the multiprocessors
 * @param cacheBytes of the last cache before the memory
 * @param memoryBytes all of its memory
 */
public record DeviceTraits(
        int capability, int multiprocessors, int clockKilohertz, long cacheBytes, long memoryBytes) {}
