package io.mambapkd.kernels;

import java.util.Map;

/**
 * A number of bytes as the headers of kernels write it: {@code 4 (count n + 2 n)}. Sums, differences and quotients of products, products by writing
 * factors side by side, {@code ceil(a / b)}; names are extents, and {@code [name]} is 1 where an optional tensor is present and 0 where not.
 */
final class BytesFormula {
    private final String text;
    private final Map<String, Long> extents;
    private int at;

    private BytesFormula(String text, Map<String, Long> extents) {
        this.text = text;
        this.extents = extents;
    }

    /** @throws IllegalArgumentException if the text is no formula or has a name that is not among the extents */
    static long evaluate(String text, Map<String, Long> extents) {
        BytesFormula formula = new BytesFormula(text, extents);
        double bytes = formula.sum();
        if (formula.peek() != '\0') {
            throw formula.unexpected();
        }
        if (bytes != Math.rint(bytes)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is " + bytes + " for " + extents + ", no whole number of bytes");
        }
        return (long) bytes;
    }

    private double sum() {
        double value = product();
        while (peek() == '+' || peek() == '-') {
            char operator = text.charAt(at++);
            double operand = product();
            value += operator == '+' ? operand : -operand;
        }
        return value;
    }

    private double product() {
        double value = factor();
        while (true) {
            char next = peek();
            if (next == '/') {
                at++;
                value /= factor();
            } else if (next == '(' || next == '[' || Character.isLetterOrDigit(next)) {
                value *= factor();
            } else {
                return value;
            }
        }
    }

    private double factor() {
        char next = peek();
        if (next == '(' || next == '[') {
            at++;
            double value = sum();
            if (peek() != (next == '(' ? ')' : ']')) {
                throw unexpected();
            }
            at++;
            return value;
        }
        int begin = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        String word = text.substring(begin, at);
        if (word.isEmpty()) {
            throw unexpected();
        }
        if (Character.isDigit(word.charAt(0))) {
            return Long.parseLong(word);
        }
        if (word.equals("ceil")) {
            return Math.ceil(factor());
        }
        Long extent = extents.get(word);
        if (extent == null) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has " + word + ", which is not among " + extents.keySet());
        }
        return extent;
    }

    private char peek() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException(
                "\"" + text + "\" is no formula of bytes: not understood from \"" + text.substring(at) + "\" on");
    }
}
