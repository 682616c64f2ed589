package io.mambapkd.cli.text;

import java.util.Locale;
import java.util.regex.Pattern;

/** Numbers for tables; the same on every machine, whatever its language. */
public final class Numbers {
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}([.][0-9]{1,17})?|[.][0-9]{1,17}");

    private Numbers() {}

    /** {@code 14,677,760}. */
    public static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** The number that a decimal without sign, exponent or suffix is, such as {@code 0.2}; NaN for any other text. */
    public static double decimal(String text) {
        return DECIMAL.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
    }

    /** A share in 0..1 as a percentage, without the sign: {@code 12.557}. */
    public static String percent(double share, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", 100 * share);
    }
}
