package io.mambapkd.ops.cuda.driver;

/** Time that passes on the device between two points of a backend's work: from before the first kernel to behind the last, idle moments between them included. */
public final class DeviceClock implements AutoCloseable {
    private final DeviceContext context;
    private final CudaEvent start;
    private final CudaEvent stop;

    public DeviceClock(DeviceContext context) {
        this.context = context;
        context.enter();
        start = new CudaEvent();
        try {
            stop = new CudaEvent();
        } catch (RuntimeException failure) {
            start.close();
            throw failure;
        }
    }

    /** Starts behind all work that was launched before. Waits for nothing. */
    public void start() {
        context.enter();
        start.record(context.stream());
    }

    /** Stops behind all work that was launched before. Waits for nothing. */
    public void stop() {
        context.enter();
        stop.record(context.stream());
    }

    /**
     * Waits for the stop, and tells the time from the last start to it.
     *
     * @return microseconds, to about half of one
     */
    public double microseconds() {
        context.enter();
        stop.synchronise();
        return stop.elapsedMillis(start) * 1e3;
    }

    @Override
    public void close() {
        if (context.isOpen()) {
            context.enterToRelease();
            stop.close();
            start.close();
        }
    }
}
