package io.mambapkd.config;

import io.mambapkd.InputException;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Sequence;
import io.mambapkd.config.ConfigNode.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One value set from the command line.
 *
 * @param path of the value: {@code student.alpha}, {@code students[0].modelWidth}
 * @param value which knows the option that gave it
 */
public record Setting(String path, ConfigNode value) {
    private static final Pattern PATH = Pattern.compile("[\\w-]+(\\[\\d{1,6}])?(\\.[\\w-]+(\\[\\d{1,6}])?)*");
    private static final Pattern WITH_COLON = Pattern.compile("([\\w.\\[\\]-]+) *: *(\\S+)");
    private static final Pattern STEP = Pattern.compile("([\\w-]+)(?:\\[(\\d+)])?");

    /**
     * From {@code path=value}, the value written as in a settings file.
     *
     * @param option that was used, for errors: {@code --set}
     */
    public static Setting parse(String option, String assignment) {
        String origin = option + " " + assignment;
        int equals = assignment.indexOf('=');
        String path = equals < 0 ? assignment : assignment.substring(0, equals).strip();
        if (equals < 0 || !PATH.matcher(path).matches()) {
            Matcher colon = WITH_COLON.matcher(assignment);
            throw new InputException(origin + ": expected KEY=VALUE, such as student.alpha=0.2 or"
                    + " students[0].modelWidth=8"
                    + (colon.matches()
                            ? "; did you mean " + option + " " + colon.group(1) + "=" + colon.group(2) + "?"
                            : ""));
        }
        return new Setting(path, ConfigReader.value(assignment.substring(equals + 1), origin));
    }

    /** A value that is text, whatever it looks like. */
    public static Setting text(String option, String path, String text) {
        return new Setting(path, new Scalar(text, Style.QUOTED, option + " " + text));
    }

    /** A value that is whatever it looks like, as in a settings file. */
    public static Setting plain(String option, String path, String text) {
        return new Setting(path, new Scalar(text, Style.PLAIN, option + " " + text));
    }

    /** The settings with this value in its place; a last key that is not there yet is added. */
    public Mapping applyTo(Mapping settings) {
        List<Object> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(path);
        while (matcher.find()) {
            steps.add(matcher.group(1));
            if (matcher.group(2) != null) {
                steps.add(Integer.valueOf(matcher.group(2)));
            }
        }
        return (Mapping) applied(settings, steps, "");
    }

    private ConfigNode applied(ConfigNode node, List<Object> steps, String sofar) {
        if (steps.isEmpty()) {
            return value;
        }
        List<Object> rest = steps.subList(1, steps.size());
        if (steps.get(0) instanceof Integer index) {
            return inList(node, index, rest, sofar);
        }
        String key = (String) steps.get(0);
        if (!(node instanceof Mapping mapping)) {
            throw value.error(sofar + " has no keys"
                    + (node instanceof Sequence ? "; name one of its entries, such as " + sofar + "[0]" : ""));
        }
        String here = sofar.isEmpty() ? key : sofar + "." + key;
        ConfigNode old = mapping.entries().get(key);
        if (old == null && !rest.isEmpty()) {
            throw value.error("unknown key " + ConfigNode.quoted(key) + RecordBinder.within(sofar) + "; known keys: "
                    + String.join(", ", mapping.entries().keySet())
                    + NearMiss.question(key, mapping.entries().keySet()));
        }
        return mapping.with(key, old == null ? value : applied(old, rest, here));
    }

    private ConfigNode inList(ConfigNode node, int index, List<Object> rest, String sofar) {
        if (!(node instanceof Sequence sequence)) {
            throw value.error(sofar + " is not a list");
        }
        int size = sequence.items().size();
        if (index >= size) {
            throw value.error(sofar + " has " + size + " entries, the last is " + sofar + "[" + (size - 1) + "]");
        }
        List<ConfigNode> items = new ArrayList<>(sequence.items());
        items.set(index, applied(items.get(index), rest, sofar + "[" + index + "]"));
        return new Sequence(items, sequence.origin());
    }
}
