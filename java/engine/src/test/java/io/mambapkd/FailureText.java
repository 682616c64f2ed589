package io.mambapkd;

import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;

/** What a failed test says, in one line. */
public final class FailureText {
    private FailureText() {}

    /** The first line of the failure that is not empty. */
    public static String of(TestExecutionResult result) {
        return result.getThrowable()
                .map(Throwable::toString)
                .flatMap(text -> Stream.of(text.split("\n"))
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .findFirst())
                .orElse("no message");
    }
}
