package io.mambapkd.ops.cuda.driver;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** A point in a stream's work, to wait for or to measure from. */
final class CudaEvent implements AutoCloseable {
    private final CUevent event = new CUevent();

    CudaEvent() {
        CudaStatus.check(JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), () -> "cuEventCreate()");
    }

    /** Moves this event behind all work that the stream has now. */
    void record(CUstream stream) {
        CudaStatus.check(JCudaDriver.cuEventRecord(event, stream), () -> "cuEventRecord()");
    }

    /** Waits for all work before this event; returns at once if it was never recorded. */
    void synchronise() {
        CudaStatus.check(JCudaDriver.cuEventSynchronize(event), () -> "cuEventSynchronize()");
    }

    /** Milliseconds on the device from {@code start} to this event, both recorded and reached. */
    float elapsedMillis(CudaEvent start) {
        float[] millis = new float[1];
        CudaStatus.check(JCudaDriver.cuEventElapsedTime(millis, start.event, event), () -> "cuEventElapsedTime()");
        return millis[0];
    }

    @Override
    public void close() {
        CudaStatus.checkRelease(JCudaDriver.cuEventDestroy(event), () -> "cuEventDestroy()");
    }
}
