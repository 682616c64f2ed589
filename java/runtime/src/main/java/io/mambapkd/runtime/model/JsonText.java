package io.mambapkd.runtime.model;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;

/** Writes JSON, indented by two spaces; the same bytes on every Java. Characters that a terminal may obey are escaped. */
final class JsonText {
    private static final int MOST_DIGITS = 17;

    private final StringBuilder text = new StringBuilder();

    private JsonText() {}

    /** @param value maps with texts as keys, collections, texts, numbers, enumeration constants */
    static String of(Object value) {
        JsonText json = new JsonText();
        json.add(value, "\n");
        return json.text.append('\n').toString();
    }

    private void add(Object value, String newline) {
        if (value instanceof Map<?, ?> map) {
            text.append('{');
            String inner = newline + "  ";
            Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
            while (entries.hasNext()) {
                Map.Entry<?, ?> entry = entries.next();
                text.append(inner);
                quote(entry.getKey().toString());
                text.append(": ");
                add(entry.getValue(), inner);
                text.append(entries.hasNext() ? "," : newline);
            }
            text.append('}');
        } else if (value instanceof Collection<?> collection) {
            text.append('[');
            Iterator<?> elements = collection.iterator();
            while (elements.hasNext()) {
                add(elements.next(), newline);
                text.append(elements.hasNext() ? ", " : "");
            }
            text.append(']');
        } else if (value instanceof Enum<?> constant) {
            quote(constant.name().toLowerCase(java.util.Locale.ROOT));
        } else if (value instanceof Double number) {
            text.append(shortest(number, digits -> digits.doubleValue() == number));
        } else if (value instanceof Float number) {
            text.append(shortest(number, digits -> digits.floatValue() == number));
        } else if (value instanceof Number integer) {
            text.append(integer.longValue());
        } else {
            quote(value.toString());
        }
    }

    /** The fewest digits that are read as the same number. Double.toString gives other ones before Java 19. */
    private static String shortest(double value, Predicate<BigDecimal> isEnough) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("JSON has no " + value);
        }
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < MOST_DIGITS; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits));
            if (isEnough.test(rounded)) {
                return rounded.stripTrailingZeros().toString();
            }
        }
        return exact.round(new MathContext(MOST_DIGITS)).toString();
    }

    private void quote(String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            boolean obeyed =
                    c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (obeyed || Character.isSurrogate(c)) {
                text.append(String.format("\\u%04X", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
