package io.mambapkd.cli.machine;

import io.mambapkd.Problem;
import io.mambapkd.Version;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cuda.failures.DeviceLostException;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import java.util.Optional;

/**
 * What a run computes on.
 *
 * @param description for people, with the reason where the program chose
 */
public record Machine(Backend backend, int threads, String description) implements AutoCloseable {
    /** Version of the program and what computes: what decides the last digits of results. The number of threads does not. */
    public String computing() {
        String what = backend.description().replaceFirst("^[0-9]+ threads?, ", "");
        return "version " + Version.current() + " on " + backend.name() + ", " + what
                + (backend.name().equals("cpu") ? ", " + Processor.name() : "");
    }

    /**
     * The loss of the device, where a failure comes from it. A library does not say so: it is asked for here by another call.
     *
     * @param failure of a job
     */
    public Optional<DeviceLostException> loss(Throwable failure) {
        Optional<DeviceLostException> said = DeviceLostException.in(failure);
        if (said.isPresent() || !(failure instanceof UnusableDeviceException unusable) || unusable.isOutOfMemory()) {
            return said;
        }
        Problem first = unusable.problem();
        return DeviceCheck.failure(backend)
                .flatMap(DeviceLostException::in)
                .map(loss ->
                        loss.as(new Problem(first.text() + "; " + loss.problem().text(), first.remedy())));
    }

    @Override
    public void close() {
        backend.close();
    }
}
