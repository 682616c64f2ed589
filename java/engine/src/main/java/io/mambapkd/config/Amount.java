package io.mambapkd.config;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many of the things there are: a whole number, or a share in percent. Settings write it as {@code 64} or {@code 10%}.
 *
 * @param value the number of things, or the percentage
 * @param isPercentage which of them
 */
public record Amount(BigDecimal value, boolean isPercentage) {
    private static final Pattern WRITTEN =
            Pattern.compile("([-+]?[0-9]{1,10})|([-+]?[0-9]{1,10}(?:\\.[0-9]{0,9})?)\\s*%");
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    /** Numbers that are equal are written alike: {@code 10.0%} as {@code 10%}. */
    public Amount {
        BigDecimal shortest = value.stripTrailingZeros();
        value = shortest.scale() < 0 ? shortest.setScale(0) : shortest;
    }

    /** A whole number. */
    public static Amount of(int number) {
        return new Amount(BigDecimal.valueOf(number), false);
    }

    /** From how settings write it; empty if the text is neither a whole number of 32 bits nor a percentage. */
    static Optional<Amount> parse(String text) {
        Matcher matcher = WRITTEN.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        boolean percentage = matcher.group(1) == null;
        BigDecimal value = new BigDecimal(percentage ? matcher.group(2) : matcher.group(1));
        if (!percentage && value.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0) {
            return Optional.empty();
        }
        return Optional.of(new Amount(value, percentage));
    }

    public boolean isZero() {
        return value.signum() == 0;
    }

    /** Whether it can be a number of things, or a part of them: a whole number from 0, or a percentage above 0 and below 100. */
    public boolean isPart() {
        return isPercentage ? value.signum() > 0 && value.compareTo(HUNDRED) < 0 : value.signum() >= 0;
    }

    /** The number of things, where there are {@code total}; a percentage is rounded to the nearest whole number. */
    public int ofTotal(int total) {
        return isPercentage
                ? value.multiply(BigDecimal.valueOf(total))
                        .divide(HUNDRED, 0, java.math.RoundingMode.HALF_UP)
                        .intValueExact()
                : value.intValueExact();
    }

    /** As settings write it. */
    @Override
    public String toString() {
        return value.toPlainString() + (isPercentage ? "%" : "");
    }
}
