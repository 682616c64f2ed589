package io.mambapkd.bench.result;

import io.mambapkd.InputException;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What goes wrong while a command measures, and how the command then ends. */
public final class Problems {
    /** What a user types. */
    public static final String PROGRAM = "mamba-pkd bench";

    private static final int SOME = 1;

    private Problems() {}

    /** Whether a failure is one of the device, of a library or of this program, so that other rows may do better; what the user got wrong is not. */
    public static boolean ofOneRow(RuntimeException failure) {
        return failure instanceof UnusableDeviceException || !(failure instanceof InputException);
    }

    /**
     * Prints how many problems a result has, and the first of them.
     *
     * @return the exit code of the command: 0, or 1 if there are any
     */
    public static int report(Result result, PrintWriter err) {
        List<String> all = new ArrayList<>(result.problems());
        if (!result.incomplete().isEmpty()) {
            all.add("not everything was measured: " + result.incomplete());
        }
        if (all.isEmpty()) {
            return 0;
        }
        String count = all.size() == 1 ? "" : all.size() + " problems, the first: ";
        err.println(PROGRAM + ": " + count + all.get(0));
        err.flush();
        return SOME;
    }
}
