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
        if (SAID.add(reason)) {
            System.out.println("[WARNING] left out here and in what follows: " + test.getDisplayName() + ", as "
                    + reason.replaceFirst("^Assumption failed: ", ""));
        }
    }
}
