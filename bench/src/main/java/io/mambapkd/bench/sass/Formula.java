package io.mambapkd.bench.sass;

import io.mambapkd.InputException;
import java.util.List;

/**
 * A number that depends on a launch, such as {@code $11 ceil($13 / 32)}: sums, differences, products (by standing side by side) and quotients of whole numbers,
 * {@code $k} for the k-th argument of the kernel, {@code warps} for the warps of the grid, {@code ceil(...)} and {@code min(..., ...)}.
 */
final class Formula {
    private final String given;
    /** Without spaces. */
    private final String text;

    private final List<Long> arguments;
    private final double warps;
    private int at;

    private Formula(String text, List<Long> arguments, double warps) {
        this.given = text;
        this.text = text.replace(" ", "");
        this.arguments = arguments;
        this.warps = warps;
    }

    /** @throws InputException if the text is no formula, or names an argument that the kernel does not have */
    static double value(String text, List<Long> arguments, double warps) {
        Formula formula = new Formula(text, arguments, warps);
        double value = formula.sum();
        if (formula.at < formula.text.length()) {
            throw formula.wrong();
        }
        return value;
    }

    private InputException wrong() {
        return new InputException("expected a formula of numbers, $1 to $" + arguments.size()
                + ", warps, ceil(...), min(..., ...), + - /, got '" + given + "', wrong behind '"
                + text.substring(0, at) + "'");
    }

    private double sum() {
        double value = product();
        while (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
            boolean plus = text.charAt(at++) == '+';
            value += plus ? product() : -product();
        }
        return value;
    }

    private double product() {
        double value = factor();
        while (at < text.length() && "+-),".indexOf(text.charAt(at)) < 0) {
            if (take("/")) {
                value /= factor();
            } else {
                value *= factor();
            }
        }
        return value;
    }

    private double factor() {
        if (take("warps")) {
            return warps;
        }
        if (take("ceil(")) {
            double value = Math.ceil(sum());
            require(")");
            return value;
        }
        if (take("min(")) {
            double first = sum();
            require(",");
            double second = sum();
            require(")");
            return Math.min(first, second);
        }
        boolean argument = take("$");
        int from = at;
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
            at++;
        }
        if (from == at || at - from > 9) {
            throw wrong();
        }
        int number = Integer.parseInt(text.substring(from, at));
        if (!argument) {
            return number;
        }
        if (number < 1 || number > arguments.size()) {
            throw wrong();
        }
        return arguments.get(number - 1);
    }

    private boolean take(String word) {
        boolean there = text.startsWith(word, at);
        at += there ? word.length() : 0;
        return there;
    }

    private void require(String word) {
        if (!take(word)) {
            throw wrong();
        }
    }
}
