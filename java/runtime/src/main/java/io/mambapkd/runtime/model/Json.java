package io.mambapkd.runtime.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads JSON (RFC 8259) into {@link JsonValue}s. Stricter than most readers, because files come from strangers: a key that comes twice is an error, and so is more than 32 levels
 * of nesting.
 */
final class Json {
    private static final int DEEPEST = 32;
    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]{0,30})([.][0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");

    private final String text;
    private final String where;
    private int at;
    private int depth;

    private Json(String text, String where) {
        this.text = text;
        this.where = where;
    }

    /**
     * @param where names the file in messages
     * @throws InvalidModelException if the text is not JSON
     */
    static JsonValue parse(String text, String where) throws InvalidModelException {
        Json json = new Json(text, where);
        JsonValue value = new JsonValue(json.value(), where, "");
        json.skipSpace();
        if (json.at < text.length()) {
            throw json.wrong("something behind its end");
        }
        return value;
    }

    private InvalidModelException wrong(String what) {
        return new InvalidModelException(where + ": expected JSON, got " + what + " at character " + (at + 1));
    }

    private Object value() throws InvalidModelException {
        skipSpace();
        char first = at < text.length() ? text.charAt(at) : 0;
        return switch (first) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            default -> number();
        };
    }

    private Map<String, Object> object() throws InvalidModelException {
        enter();
        Map<String, Object> object = new LinkedHashMap<>();
        if (!takes('}')) {
            do {
                skipSpace();
                if (at >= text.length() || text.charAt(at) != '"') {
                    throw wrong("no key");
                }
                String key = string();
                if (!takes(':')) {
                    throw wrong("a key without a value");
                }
                if (object.put(key, value()) != null) {
                    throw wrong("the key '" + JsonValue.printable(key) + "' twice");
                }
            } while (takes(','));
            if (!takes('}')) {
                throw wrong("an object without an end");
            }
        }
        depth--;
        return object;
    }

    private List<Object> array() throws InvalidModelException {
        enter();
        List<Object> array = new ArrayList<>();
        if (!takes(']')) {
            do {
                array.add(value());
            } while (takes(','));
            if (!takes(']')) {
                throw wrong("an array without an end");
            }
        }
        depth--;
        return array;
    }

    private void enter() throws InvalidModelException {
        at++;
        if (++depth > DEEPEST) {
            throw wrong("more than " + DEEPEST + " levels");
        }
    }

    private boolean takes(char wanted) {
        skipSpace();
        boolean found = at < text.length() && text.charAt(at) == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private Object word(String word, Object value) throws InvalidModelException {
        if (!text.startsWith(word, at)) {
            throw wrong("no value");
        }
        at += word.length();
        return value;
    }

    private Double number() throws InvalidModelException {
        int from = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String number = text.substring(from, at);
        at = from;
        if (!NUMBER.matcher(number).matches()) {
            throw wrong(at >= text.length() ? "nothing" : "no value");
        }
        at += number.length();
        return Double.valueOf(number);
    }

    private String string() throws InvalidModelException {
        StringBuilder string = new StringBuilder();
        at++;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return string.toString();
            }
            if (c < ' ') {
                throw wrong("a control character in a text");
            }
            at++;
            string.append(c == '\\' ? escaped() : c);
        }
        throw wrong("a text without an end");
    }

    private char escaped() throws InvalidModelException {
        char c = at < text.length() ? text.charAt(at++) : 0;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw wrong("an unknown escape in a text");
        };
    }

    private char unicode() throws InvalidModelException {
        String digits = text.substring(at, Math.min(text.length(), at + 4));
        if (!digits.matches("[0-9a-fA-F]{4}")) {
            throw wrong("an escape without four digits");
        }
        at += digits.length();
        return (char) Integer.parseInt(digits, 16);
    }
}
