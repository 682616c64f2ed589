package io.mambapkd.ops.cuda.failures;

import io.mambapkd.Problem;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The device failed, and no later call of this process on it can succeed; one of another process may. */
public final class DeviceLostException extends UnusableDeviceException {
    private static final long serialVersionUID = 1L;

    public DeviceLostException(int status, Problem problem) {
        this(status, problem, null);
    }

    private DeviceLostException(int status, Problem problem, @Nullable Throwable cause) {
        super(status, problem, cause);
    }

    /** The same loss, told in other words. */
    public DeviceLostException as(Problem told) {
        return new DeviceLostException(status(), told, this);
    }

    /** The first such failure among a failure and its causes. */
    public static Optional<DeviceLostException> in(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .filter(DeviceLostException.class::isInstance)
                .map(DeviceLostException.class::cast)
                .findFirst();
    }
}
