package io.mambapkd.validate;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;

/** The random numbers of one case, and what was chosen by them: the same for the same seed and case, whatever the backend. */
final class Draws {
    private final Extents fixed;
    private final CounterRandom random;
    private final int stream;
    private final StringJoiner description = new StringJoiner(" ");
    private long drawn;

    /** @param fixed extents that the user gave */
    Draws(Extents fixed, long seed, int stream) {
        this.fixed = fixed;
        this.random = new CounterRandom(seed, Purpose.TEST_INPUT);
        this.stream = stream;
    }

    /** An integer in [0, bound). */
    int below(int bound) {
        return random.below(stream, drawn++, 0, bound);
    }

    /** One of the values, unless the user fixed it. */
    int extent(String letter, int... values) {
        int index = below(values.length);
        int value = fixed.values().getOrDefault(letter, values[index]);
        description.add(letter + "=" + value);
        return value;
    }

    /** Tells an option that was drawn. */
    void chose(Object option) {
        description.add(option.toString().toLowerCase(Locale.ROOT));
    }

    /** Uniform in [low, high). */
    float[] numbers(double low, double high, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.uniform(stream, drawn++, 0, (float) low, (float) high);
        }
        return values;
    }

    /** Integers in [0, bound). */
    int[] integers(int bound, int count) {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = below(bound);
        }
        return values;
    }

    /** {@code count} integers in [0, bound), no two alike. */
    int[] distinct(int bound, int count) {
        int[] all = new int[bound];
        for (int i = 0; i < bound; i++) {
            int other = below(i + 1);
            all[i] = all[other];
            all[other] = i;
        }
        return Arrays.copyOf(all, count);
    }

    /** The extents and options that were drawn: {@code B=3 L=28 reverse}. */
    String description() {
        return description.toString();
    }
}
