package io.mambapkd.config;

import io.mambapkd.InputException;
import io.mambapkd.PlainText;
import io.mambapkd.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value of a settings file that still knows where it was written. */
public sealed interface ConfigNode {
    /** Where it was written, as errors begin: {@code config.yaml line 7}, {@code --set student.alpha=2}. */
    String origin();

    /** The node as an error shows it. */
    String describe();

    /** An error about this node. */
    default InputException error(String message) {
        return new InputException(origin() + ": " + message);
    }

    /** The same, with a remedy. */
    default InputException error(Problem problem) {
        return new InputException(problem.at(origin()));
    }

    /** Text of a file as an error shows it: in quotes, on one line, not too long, nothing in it that a terminal would obey. */
    static String quoted(String text) {
        String start = text.length() > 60 ? text.substring(0, 60) + "..." : text;
        return "'" + PlainText.of(start) + "'";
    }

    /** How a scalar was written: a quoted one is always text. */
    enum Style {
        PLAIN,
        QUOTED
    }

    /** A single value, not yet interpreted: what it is depends on who wants it. */
    record Scalar(String text, Style style, String origin) implements ConfigNode {
        @Override
        public String describe() {
            if (text.isEmpty() && style == Style.PLAIN) {
                return "nothing";
            }
            return quoted(text);
        }
    }

    record Sequence(List<ConfigNode> items, String origin) implements ConfigNode {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String describe() {
            return "a list";
        }
    }

    /** Keys in the order of the file. The origin of a value is where its key was written. */
    record Mapping(Map<String, ConfigNode> entries, String origin) implements ConfigNode {
        public Mapping {
            entries = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        @Override
        public String describe() {
            return "a group of keys";
        }

        /** This mapping with the other's values in place of its own; groups are merged key by key, lists are replaced. */
        public Mapping overlaidBy(Mapping other) {
            Map<String, ConfigNode> merged = new LinkedHashMap<>(entries);
            other.entries.forEach((key, value) -> {
                ConfigNode mine = merged.get(key);
                boolean groups = mine instanceof Mapping && value instanceof Mapping;
                merged.put(key, groups ? ((Mapping) mine).overlaidBy((Mapping) value) : value);
            });
            return new Mapping(merged, other.origin);
        }

        /** This mapping with one value replaced or added. */
        public Mapping with(String key, ConfigNode value) {
            Map<String, ConfigNode> changed = new LinkedHashMap<>(entries);
            changed.put(key, value);
            return new Mapping(changed, origin);
        }

        /** This mapping without a key. */
        public Mapping without(String key) {
            Map<String, ConfigNode> changed = new LinkedHashMap<>(entries);
            changed.remove(key);
            return new Mapping(changed, origin);
        }
    }
}
