package io.mambapkd.config;

import io.mambapkd.Problem;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Style;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Pattern;

/** Numbers as settings write them, and what is wrong with a text that is none. */
final class Numerals {
    static final Pattern NUMBER = Pattern.compile("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,3})?");
    private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]+");
    private static final Pattern GROUPED =
            Pattern.compile("[-+]?[0-9]{1,3}([,._' \\u00a0\\u202f][0-9]{3})+|[0-9]+(_[0-9]+)+");
    private static final Pattern DECIMAL_COMMA = Pattern.compile("[-+]?[0-9]*,[0-9]+");
    private static final Pattern OTHER_BASE =
            Pattern.compile("0([xX][0-9a-fA-F]{1,15}|[oO][0-7]{1,20}|[bB][01]{1,62})");
    private static final Pattern PERCENT = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})? ?%");
    private static final String TYPOGRAPHIC_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb";
    private static final String MINUS_SIGNS = "\u2212\u2013\u2014";

    private Numerals() {}

    /** @throws io.mambapkd.InputException if the node is no such number */
    static long whole(ConfigNode node, String path, long least, long most) {
        if (!(node instanceof Scalar scalar)
                || scalar.style() != Style.PLAIN
                || !WHOLE.matcher(scalar.text()).matches()) {
            throw node.error(problem(node, path, "a whole number"));
        }
        BigInteger number = new BigInteger(scalar.text());
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            throw node.error(
                    path + " must be a whole number from " + least + " to " + most + ", got " + node.describe());
        }
        return number.longValue();
    }

    /** @throws io.mambapkd.InputException if the node is no such number */
    static double number(ConfigNode node, String path) {
        if (!(node instanceof Scalar scalar)
                || scalar.style() != Style.PLAIN
                || !NUMBER.matcher(scalar.text()).matches()) {
            throw node.error(problem(node, path, "a number"));
        }
        double number = Double.parseDouble(scalar.text());
        if (!Double.isFinite(number)) {
            throw node.error(path + " must be a number of at most 1.8e308, got " + node.describe());
        }
        return number;
    }

    /** @throws io.mambapkd.InputException if the node is neither a whole number of 32 bits nor a percentage */
    static Amount amount(ConfigNode node, String path) {
        Problem problem = problem(node, path, "a whole number or a percentage such as 10%");
        if (!(node instanceof Scalar scalar)) {
            throw node.error(problem);
        }
        Optional<Amount> amount = Amount.parse(scalar.text());
        boolean asText =
                scalar.style() == Style.QUOTED && WHOLE.matcher(scalar.text()).matches();
        if (amount.isPresent() && !asText) {
            return amount.get();
        }
        if (!asText && WHOLE.matcher(scalar.text()).matches()) {
            throw node.error(new Problem(problem.text(), "it can be 2147483647 at most"));
        }
        boolean share = problem.remedy().isEmpty()
                && NUMBER.matcher(scalar.text()).matches()
                && scalar.text().contains(".");
        throw node.error(share ? new Problem(problem.text(), "write a share as a percentage") : problem);
    }

    /** @throws io.mambapkd.InputException if the node is no size of images */
    static ImageSize imageSize(ConfigNode node, String path) {
        return (node instanceof Scalar scalar ? ImageSize.parse(scalar.text()) : Optional.<ImageSize>empty())
                .orElseThrow(() -> node.error(path
                        + " must be a size of images in pixels, as 32, or 24x32 (rows x columns), from 1 to 4096, or auto, got "
                        + node.describe()));
    }

    private static Problem problem(ConfigNode node, String path, String expected) {
        String must = path + " must be " + expected + ", got ";
        if (!(node instanceof Scalar scalar)) {
            return new Problem(must + node.describe(), "");
        }
        boolean quoted = scalar.style() == Style.QUOTED
                && (expected.equals("a number") ? NUMBER : WHOLE)
                        .matcher(scalar.text())
                        .matches();
        return quoted
                ? new Problem(must + "the text " + node.describe() + " in quotes", "remove the quotes")
                : new Problem(must + node.describe(), remedy(scalar.text(), expected.equals("a number")));
    }

    /** How a text that looks like a number to people is written here; empty where it does not. */
    private static String remedy(String text, boolean fraction) {
        if (text.isEmpty()) {
            return "";
        }
        if (TYPOGRAPHIC_QUOTES.indexOf(text.charAt(0)) >= 0) {
            return "remove the quotes, which are typographic ones";
        }
        if (MINUS_SIGNS.indexOf(text.charAt(0)) >= 0) {
            return "write the minus sign as -";
        }
        if (OTHER_BASE.matcher(text).matches()) {
            int base = "xX".indexOf(text.charAt(1)) >= 0 ? 16 : "oO".indexOf(text.charAt(1)) >= 0 ? 8 : 2;
            return "write it as " + Long.parseLong(text.substring(2), base);
        }
        boolean grouped = GROUPED.matcher(text).matches();
        if (grouped && !(fraction && DECIMAL_COMMA.matcher(text).matches())) {
            return "write it without separators, as " + text.replaceAll("[^-+0-9]", "");
        }
        if (fraction && DECIMAL_COMMA.matcher(text).matches()) {
            return "write it with a point, as " + text.replace(',', '.');
        }
        if (PERCENT.matcher(text).matches() && fraction) {
            BigDecimal share = new BigDecimal(text.replaceAll("[ %]", "")).movePointLeft(2);
            return "write it as a share, " + share.stripTrailingZeros().toPlainString();
        }
        if (!fraction && NUMBER.matcher(text).matches()) {
            return asWhole(text);
        }
        return "";
    }

    /** Of a number with a fraction or an exponent, if it is whole after all. */
    private static String asWhole(String text) {
        BigDecimal number = new BigDecimal(text.endsWith(".") ? text + "0" : text);
        boolean whole = number.signum() == 0
                || number.stripTrailingZeros().scale() <= 0 && number.precision() - number.scale() <= 19;
        return whole ? "write it as " + number.toBigInteger() : "";
    }
}
