package io.mambapkd.runtime.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A value of a JSON file, which knows where it is. Every wish that it does not meet ends with an {@link InvalidModelException} that names its place, such as {@code
 * students[2].mixer}.
 */
final class JsonValue {
    private static final int LONGEST_QUOTE = 60;

    private final Object value;
    private final String where;
    private final String place;

    /** @param value a map, a list, a string, a double or a boolean */
    JsonValue(Object value, String where, String place) {
        this.value = value;
        this.where = where;
        this.place = place;
    }

    /** Text of a file, made short and harmless for a terminal. */
    static String printable(String text) {
        String clean = text.replaceAll("[^ -~]", "?");
        return clean.length() <= LONGEST_QUOTE ? clean : clean.substring(0, LONGEST_QUOTE) + "...";
    }

    /** The refusal of this value. */
    InvalidModelException wrong(String expected) {
        String got = value instanceof Map
                ? "an object"
                : value instanceof List<?> list ? "a list of " + list.size() : "'" + printable(text(value)) + "'";
        return new InvalidModelException(
                where + ": " + (place.isEmpty() ? "" : place + ": ") + "expected " + expected + ", got " + got);
    }

    private static String text(Object value) {
        return value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15
                ? Long.toString(number.longValue())
                : value.toString();
    }

    /** Refuses keys that this version does not know: what they ask for would be left out silently. */
    JsonValue requireKeys(Set<String> known) throws InvalidModelException {
        for (Object key : object().keySet()) {
            if (!known.contains(key)) {
                throw new InvalidModelException(where + ": " + (place.isEmpty() ? "" : place + ": ")
                        + "expected the keys that this version knows, got '" + printable(key.toString())
                        + "'; use a newer version of the runtime");
            }
        }
        return this;
    }

    private Map<?, ?> object() throws InvalidModelException {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw wrong("an object");
    }

    List<String> keys() throws InvalidModelException {
        List<String> keys = new ArrayList<>();
        for (Object key : object().keySet()) {
            keys.add(key.toString());
        }
        return keys;
    }

    boolean has(String key) throws InvalidModelException {
        return object().containsKey(key);
    }

    JsonValue get(String key) throws InvalidModelException {
        Object child = object().get(key);
        if (child == null) {
            throw new InvalidModelException(
                    where + ": " + (place.isEmpty() ? "" : place + ": ") + "expected the key '" + key + "', got none");
        }
        return new JsonValue(child, where, place.isEmpty() ? key : place + "." + key);
    }

    List<JsonValue> list() throws InvalidModelException {
        if (!(value instanceof List<?> list)) {
            throw wrong("a list");
        }
        List<JsonValue> values = new ArrayList<>();
        for (Object child : list) {
            values.add(new JsonValue(child, where, place + "[" + values.size() + "]"));
        }
        return values;
    }

    String string() throws InvalidModelException {
        if (value instanceof String string) {
            return string;
        }
        throw wrong("a text");
    }

    double number() throws InvalidModelException {
        if (value instanceof Double number && Double.isFinite(number)) {
            return number;
        }
        throw wrong("a number");
    }

    double number(double low, double high) throws InvalidModelException {
        double number = number();
        if (!(number >= low && number <= high)) {
            throw wrong("a number from " + low + " to " + high);
        }
        return number;
    }

    long integer(long low, long high) throws InvalidModelException {
        double number = number();
        if (number != Math.rint(number) || number < low || number > high) {
            throw wrong("an integer from " + low + " to " + high);
        }
        return (long) number;
    }

    int extent(int high) throws InvalidModelException {
        return (int) integer(1, high);
    }

    /** One of the constants of an enumeration, by its name in small letters. */
    <E extends Enum<E>> E one(E[] constants) throws InvalidModelException {
        List<String> known = new ArrayList<>();
        for (E constant : constants) {
            String name = constant.name().toLowerCase(java.util.Locale.ROOT);
            if (name.equals(value)) {
                return constant;
            }
            known.add(name);
        }
        throw wrong(String.join(" or ", known));
    }

    double[] numbers() throws InvalidModelException {
        List<JsonValue> values = list();
        double[] numbers = new double[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.get(i).number();
        }
        return numbers;
    }
}
