package io.mambapkd.bench.cpu;

/** What was to be measured is not right, so that its time means nothing. The message is a sentence for the user. */
public final class WrongMeasurement extends RuntimeException {
    public static final int EXIT_CODE = 1;

    private static final long serialVersionUID = 1;

    WrongMeasurement(String message) {
        super(message);
    }
}
