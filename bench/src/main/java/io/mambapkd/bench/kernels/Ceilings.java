package io.mambapkd.bench.kernels;

/**
 * What a device can do at most.
 *
 * @param driverCopy bytes read and written a second, in GB, by the driver's copy on the device
 * @param kernelCopy the same by a kernel that copies 16 bytes at a time
 * @param exps exponentials a second, in billions, by a kernel that does nothing else
 * @param shuffles that a multiprocessor does in a cycle of its clock: instructions of a warp, by a kernel that does nothing else
 * @param broadcasts the same of loads of 16 bytes of shared memory, all lanes of the warp from one address
 * @param nodeNanoseconds from one node of a CUDA graph to the next that depends on it, in a chain of kernels that do nothing; 0 if the run uses no graphs
 * @param clock of the multiprocessors during the exponentials, in MHz
 * @param multiprocessors number of them
 * @param floatLanes multiply-adds of floats that a multiprocessor starts in a cycle
 * @param cacheBytes of the last cache before the memory
 */
public record Ceilings(
        double driverCopy,
        double kernelCopy,
        double exps,
        double shuffles,
        double broadcasts,
        double nodeNanoseconds,
        double clock,
        int multiprocessors,
        int floatLanes,
        long cacheBytes) {
    private static final int FLOPS_OF_A_MULTIPLY_ADD = 2;
    /** Compute capabilities whose multiprocessors have half as many lanes as the others. */
    private static final int TURING = 75;

    private static final int AMPERE = 80;
    private static final int FEW_LANES = 64;
    private static final int MANY_LANES = 128;

    /** Lanes of a multiprocessor: CUDA C++ Programming Guide, table of arithmetic throughput. */
    static int floatLanes(int capability) {
        return capability == TURING || capability == AMPERE ? FEW_LANES : MANY_LANES;
    }

    /** Bytes a second that memory gives at most, in GB. */
    public double copy() {
        return Math.max(driverCopy, kernelCopy);
    }

    /** Float operations a second, in billions. */
    public double flops() {
        return FLOPS_OF_A_MULTIPLY_ADD * clock * 1e-3 * multiprocessors * floatLanes;
    }
}
