package io.mambapkd.results;

import java.math.BigDecimal;
import java.util.Locale;

/** Numbers as people read them. A no-break space keeps number and unit on one line. */
public final class Format {
    private static final char NO_BREAK_SPACE = '\u00a0';
    private static final String[] WORDS = {
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"
    };

    private Format() {}

    /** 0.9951 is {@code 99.51 %}. */
    public static String accuracy(double share) {
        return String.format(Locale.ROOT, "%.2f", 100 * share) + NO_BREAK_SPACE + "%";
    }

    /** The same without the unit, for columns of a table. */
    public static String accuracyNumber(double share) {
        return String.format(Locale.ROOT, "%.2f", 100 * share);
    }

    /** A difference of accuracies: 0.0009 is {@code 0.09 points}. */
    public static String points(double difference) {
        return String.format(Locale.ROOT, "%.2f", 100 * Math.abs(difference)) + NO_BREAK_SPACE + "points";
    }

    /** Share of the teacher's FLOPs, about three digits: {@code 0.089 %}, {@code 2.47 %}, {@code 12.6 %}, {@code 100 %}. */
    public static String ratio(double share) {
        return ratioNumber(share) + NO_BREAK_SPACE + "%";
    }

    public static String ratioNumber(double share) {
        double percent = 100 * share;
        int decimals;
        if (percent < 0.9995) {
            decimals = 3;
        } else if (percent < 9.995) {
            decimals = 2;
        } else {
            decimals = percent < 99.95 ? 1 : 0;
        }
        return String.format(Locale.ROOT, "%." + decimals + "f", percent);
    }

    /** 14677760 is {@code 14.68 MFLOPs}. */
    public static String flops(long flops) {
        String[] units = {"FLOPs", "kFLOPs", "MFLOPs", "GFLOPs", "TFLOPs"};
        double value = flops;
        int unit = 0;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        String number = unit == 0 ? Long.toString(flops) : digits(value);
        return number + NO_BREAK_SPACE + units[unit];
    }

    private static String digits(double value) {
        int decimals;
        if (value < 9.995) {
            decimals = 2;
        } else {
            decimals = value < 99.95 ? 1 : 0;
        }
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** All digits that there are and no more: {@code 0.2}, {@code 1}, {@code 0.95}. */
    public static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    /** 72666 is {@code 72,666}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** 1190.4 is {@code 1,190}. */
    public static String count(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    /** {@code 4.2 s}, {@code 4 min 15 s}, {@code 1 h 02 min}. */
    public static String seconds(double seconds) {
        if (seconds < 59.95) {
            return String.format(Locale.ROOT, "%.1f%cs", seconds, NO_BREAK_SPACE);
        }
        long whole = Math.round(seconds);
        if (whole < 3600) {
            return String.format(
                    Locale.ROOT, "%d%cmin %02d%cs", whole / 60, NO_BREAK_SPACE, whole % 60, NO_BREAK_SPACE);
        }
        long minutes = Math.round(seconds / 60);
        return String.format(
                Locale.ROOT, "%d%ch %02d%cmin", minutes / 60, NO_BREAK_SPACE, minutes % 60, NO_BREAK_SPACE);
    }

    /** A pixel position or size, at most two decimals. */
    public static String pixels(double value) {
        double rounded = Math.rint(value * 100) / 100;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }

    /** Small numbers as words: {@code seven}; others as digits. */
    public static String word(int count) {
        return count >= 0 && count < WORDS.length ? WORDS[count] : Integer.toString(count);
    }

    /** A data set's name as its authors write it. */
    public static String dataset(String name) {
        return switch (name) {
            case "mnist" -> "MNIST";
            case "fashion-mnist" -> "Fashion-MNIST";
            case "cifar10" -> "CIFAR-10";
            case "cifar100" -> "CIFAR-100";
            case "cifar100-coarse" -> "CIFAR-100 with its 20 groups of classes";
            default -> name;
        };
    }

    /** A text of at most {@code most} characters; the middle of a longer one is left out, as names tend to differ at the end. */
    public static String shortened(String text, int most) {
        int length = text.codePointCount(0, text.length());
        if (length <= most) {
            return text;
        }
        int end = most / 2;
        int start = most - 1 - end;
        return text.substring(0, text.offsetByCodePoints(0, start)) + "\u2026"
                + text.substring(text.offsetByCodePoints(text.length(), -end));
    }

    public static String capitalised(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
