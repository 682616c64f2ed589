package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The way in which one direction of one convolution is computed: the first that cuDNN does not refuse, looked for when it is first needed. */
final class CudnnChoice {
    private final CudnnHandle cudnn;
    private final CudnnDescriptions convolution;
    private final CudnnDirection direction;
    /** Of the ways before the present one, in their order. */
    private final List<CudnnRefusal> refusals = new ArrayList<>();

    private @Nullable CudnnWay way;
    private long workspaceBytes;

    CudnnChoice(CudnnHandle cudnn, CudnnDescriptions convolution, CudnnDirection direction) {
        this.cudnn = cudnn;
        this.convolution = convolution;
        this.direction = direction;
    }

    /**
     * The way.
     *
     * @throws UnusableDeviceException if cuDNN refuses all, or fails
     * @throws CudaCallError if it refuses all because of their arguments
     */
    CudnnWay way() {
        CudnnWay present = way;
        if (present == null) {
            present = choose();
            way = present;
        }
        return present;
    }

    /** Bytes of workspace that the way needs. */
    long workspaceBytes() {
        way();
        return workspaceBytes;
    }

    private CudnnWay choose() {
        List<CudnnWay> ways = direction.ways();
        long[] bytes = new long[1];
        while (refusals.size() < ways.size()) {
            CudnnWay tried = ways.get(refusals.size());
            int status = direction.askWorkspace(cudnn, convolution, tried, bytes);
            if (status == CudnnStatus.SUCCESS) {
                workspaceBytes = bytes[0];
                return tried;
            }
            if (!CudnnStatus.isRefusal(status)) {
                throw CudnnStatus.failure(
                        status, "workspace of " + direction.words() + ", " + tried + ", of " + convolution);
            }
            refusals.add(new CudnnRefusal(tried, status));
        }
        throw CudnnRefusal.ofAllWays(direction.words() + " of " + convolution, refusals);
    }

    /**
     * Computes it. The filter is in the layout of the way, the workspace of its size.
     *
     * @return false if cuDNN refused: nothing was written, and the next way is to be tried
     * @throws UnusableDeviceException if there is no next way, or cuDNN failed
     * @throws CudaCallError if it refused all because of their arguments
     */
    boolean run(CudnnDirection.Operands at) {
        CudnnWay taken = way();
        int status = direction.run(cudnn, convolution, taken, at, workspaceBytes);
        if (status == CudnnStatus.SUCCESS) {
            return true;
        }
        // What is captured ran before in the same way, and another would need another workspace.
        if (!CudnnStatus.isRefusal(status) || cudnn.isCapturing()) {
            throw CudnnStatus.failure(
                    status,
                    direction.function() + " of " + convolution + " by " + taken + " with " + workspaceBytes
                            + " bytes");
        }
        refusals.add(new CudnnRefusal(taken, status));
        way = null;
        way();
        return false;
    }

    /** What there is to say of it, where it is not the first way. */
    Optional<Fallback> fallback() {
        CudnnWay present = way;
        if (present == null || refusals.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Fallback(
                "cuDNN computes " + direction.words() + " of " + convolution + " by " + present + ", as it refused "
                        + CudnnRefusal.list(refusals),
                present.isDeterministic()));
    }
}
