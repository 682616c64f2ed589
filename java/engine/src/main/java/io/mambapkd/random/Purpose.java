package io.mambapkd.random;

/**
 * What a random draw is for. Draws of different purposes are independent.
 *
 * <p>The code is part of every result: never change or reuse one.
 */
public enum Purpose {
    INITIALISATION(1),
    SAMPLE_ORDER(2),
    AUGMENTATION(3),
    DROPOUT(4),
    COPY_CHOICE(5),
    CACHED_COPY(6),
    TEST_INPUT(7),
    VALIDATION_SPLIT(8),
    FILE_ORDER(9),
    /** Which training images are set aside for calibration. */
    CALIBRATION_SPLIT(10),
    /** Which images fit an exit rule and which certify it. */
    CALIBRATION_PART(11),
    /** Halves of the test images on which a promise is checked. */
    PROMISE_CHECK(12);

    private final int code;

    Purpose(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
