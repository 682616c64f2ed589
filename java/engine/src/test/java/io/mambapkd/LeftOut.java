package io.mambapkd;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Prints why tests are left out, each reason once in a process: what Maven prints of a skipped test is its number alone. */
public final class LeftOut implements TestExecutionListener {
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        say(test, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == Status.ABORTED) {
            say(test, result.getThrowable().map(Throwable::getMessage).orElse("no reason"));
        }
    }

    private static void say(TestIdentifier test, String reason) {
        String line = line(test.getDisplayName(), reason);
        if (!line.isEmpty()) {
            System.out.println(line);
        }
    }

    /** What to print of a test; empty if its reason was printed before. */
    static String line(String test, String reason) {
        return SAID.add(reason)
                ? "[WARNING] left out here and in what follows: " + test + ", as "
                        + reason.replaceFirst("^Assumption failed: ", "")
                : "";
    }
}
