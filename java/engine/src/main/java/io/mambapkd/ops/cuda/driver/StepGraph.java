package io.mambapkd.ops.cuda.driver;

import io.mambapkd.Problem;
import io.mambapkd.ops.Replay;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * Work as a CUDA graph: done as it is the first time, when libraries choose their algorithms and scratch memory grows; captured the second time;
 * one launch from then on. The kernels, their arguments and their order are the same in all three, and so are the bits of the results.
 */
public final class StepGraph implements Replay {
    private final DeviceContext context;
    private final Runnable work;
    private boolean warm;
    private long nodes;
    private @Nullable CUgraphExec executable;

    public StepGraph(DeviceContext context, Runnable work) {
        this.context = context;
        this.work = work;
    }

    @Override
    public void run() {
        context.enter();
        if (!warm) {
            work.run();
            warm = true;
            return;
        }
        if (executable == null) {
            executable = capture();
        }
        CUgraphExec graph = executable;
        int status = JCudaDriver.cuGraphLaunch(graph, context.stream());
        if (status != CudaStatus.SUCCESS) {
            throw CudaStatus.failure(status, "cuGraphLaunch()");
        }
    }

    private CUgraphExec capture() {
        CUgraph graph = new CUgraph();
        // Relaxed: other threads, which prepare batches, may allocate host memory meanwhile.
        CudaStatus.check(
                JCudaDriver.cuStreamBeginCapture(context.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED),
                () -> "cuStreamBeginCapture(CU_STREAM_CAPTURE_MODE_RELAXED)");
        try {
            work.run();
        } catch (RuntimeException | Error failure) {
            if (JCudaDriver.cuStreamEndCapture(context.stream(), graph) == CudaStatus.SUCCESS) {
                JCudaDriver.cuGraphDestroy(graph);
            }
            throw failure;
        }
        CudaStatus.check(JCudaDriver.cuStreamEndCapture(context.stream(), graph), () -> "cuStreamEndCapture()");
        CUgraphExec built = new CUgraphExec();
        long[] count = new long[1];
        int counted = JCudaDriver.cuGraphGetNodes(graph, null, count);
        int status = counted == CudaStatus.SUCCESS ? JCudaDriver.cuGraphInstantiate(built, graph, 0) : counted;
        JCudaDriver.cuGraphDestroy(graph);
        CudaStatus.check(counted, () -> "cuGraphGetNodes()");
        if (status == CUresult.CUDA_ERROR_NOT_SUPPORTED) {
            throw new UnusableDeviceException(
                    status,
                    new Problem(
                            "cuGraphInstantiate(): " + CudaStatus.name(status),
                            "this driver has no CUDA graphs as they are needed here, use --no-graph, or --device cpu"));
        }
        CudaStatus.check(status, () -> "cuGraphInstantiate()");
        context.keepScratch();
        nodes = count[0];
        return built;
    }

    @Override
    public long nodes() {
        return nodes;
    }

    @Override
    public void close() {
        CUgraphExec graph = executable;
        if (graph != null && context.isOpen()) {
            executable = null;
            context.enterToRelease();
            JCudaDriver.cuStreamSynchronize(context.stream());
            CudaStatus.checkRelease(JCudaDriver.cuGraphExecDestroy(graph), () -> "cuGraphExecDestroy()");
        }
    }
}
