package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.FailureOrigin;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A way that cuDNN refused.
 *
 * @param status with which it did, a {@linkplain CudnnStatus#isRefusal refusal}
 */
record CudnnRefusal(CudnnWay way, int status) {
    @Override
    public String toString() {
        return way.name() + " by status " + status;
    }

    /** {@code algorithm 1 by status 3000 and algorithm 0 by status 3002}. */
    static String list(List<CudnnRefusal> refusals) {
        int last = refusals.size() - 1;
        String front =
                refusals.subList(0, last).stream().map(CudnnRefusal::toString).collect(Collectors.joining(", "));
        return (front.isEmpty() ? "" : front + " and ") + refusals.get(last);
    }

    /**
     * There is no way left.
     *
     * @param what direction and convolution
     */
    static RuntimeException ofAllWays(String what, List<CudnnRefusal> refusals) {
        int first = refusals.get(0).status();
        boolean program = refusals.stream().allMatch(refusal -> CudnnStatus.isBadArgument(refusal.status()));
        return (program ? FailureOrigin.PROGRAM : FailureOrigin.MACHINE)
                .failure(
                        first,
                        new Problem(
                                "cuDNN refuses " + what + " in every way: " + list(refusals) + " (" + first + ": "
                                        + CudnnStatus.words(first).sentence() + ")",
                                CudnnStatus.OTHER_LIBRARY));
    }
}
