package io.mambapkd.cli.text;

import java.util.Locale;

/** Numbers for tables; the same on every machine, whatever its language. */
public final class Numbers {
    private Numbers() {}

    /** {@code 14,677,760}. */
    public static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** A share in 0..1 as a percentage, without the sign: {@code 12.557}. */
    public static String percent(double share, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", 100 * share);
    }
}
