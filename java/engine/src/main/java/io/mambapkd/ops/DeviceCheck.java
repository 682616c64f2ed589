package io.mambapkd.ops;

import io.mambapkd.InputException;
import io.mambapkd.PlainText;
import io.mambapkd.Problem;
import io.mambapkd.ProgramError;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.Optional;

/** Tells a device that failed once from a device that is lost. */
public final class DeviceCheck {
    private static final float SENT = 1.5f;

    private DeviceCheck() {}

    /**
     * Copies one number to the device and back, which waits for all work before it. To be called after a failure: some device errors, such as a stray access of
     * a kernel, make every later call of the process fail, whatever it does.
     *
     * @return why the device can no longer be used; empty if it can
     */
    public static Optional<RuntimeException> failure(Backend backend) {
        try (Arena arena = backend.newArena("check of the device")) {
            Tensor number = arena.allocate("number", 1);
            arena.seal();
            backend.upload(new float[] {SENT}, number);
            float received = backend.download(number)[0];
            return received == SENT
                    ? Optional.empty()
                    : Optional.of(
                            new InputException("a copy to the device and back changed " + SENT + " to " + received));
        } catch (RuntimeException failure) {
            return Optional.of(failure);
        }
    }

    /** The same as a sentence. */
    public static Optional<String> lost(Backend backend) {
        return failure(backend).map(DeviceCheck::reason);
    }

    /** What a failure says, on one line; an error of this program is called one. */
    public static String reason(RuntimeException failure) {
        return PlainText.line(problem(failure).sentence());
    }

    /** What a failure says; an error of this program is called one. */
    public static Problem problem(RuntimeException failure) {
        if (failure instanceof InputException bad) {
            return bad.problem();
        }
        return failure instanceof ProgramError error
                ? new Problem(
                        "internal error: " + error.problem().text(),
                        error.problem().remedy())
                : new Problem("internal error: " + failure, "");
    }
}
