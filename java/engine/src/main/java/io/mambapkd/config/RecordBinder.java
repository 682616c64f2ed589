package io.mambapkd.config;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Sequence;
import io.mambapkd.config.ConfigNode.Style;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Settings to records. Keys are the names of the components; every key must be there but those with a {@link Default}, and no other. Components are int, long, double, {@link BigDecimal} for a number that is
 * written as it was given, String, {@link Amount}, {@link ImageSize},
 * enums (written in lower case), records, and lists of these. What a record's constructor refuses is told with the line of the key of its {@link Problem}.
 */
public final class RecordBinder {
    private static final Pattern NOT_TEXT = Pattern.compile("|null|true|false");

    private RecordBinder() {}

    /** @throws InputException that names the place of the first thing that is wrong */
    public static <T extends Record> T bind(Class<T> type, Mapping settings) {
        return record(type, settings, "");
    }

    private static <T extends Record> T record(Class<T> type, ConfigNode node, String path) {
        RecordComponent[] components = type.getRecordComponents();
        List<String> names =
                Arrays.stream(components).map(RecordComponent::getName).toList();
        String known = String.join(", ", names);
        if (!(node instanceof Mapping mapping)) {
            throw node.error(path + " must be a group of keys (" + known + "), got " + node.describe());
        }
        mapping.entries().forEach((key, value) -> {
            if (!names.contains(key)) {
                String meant = NearMiss.question(key, names);
                throw value.error("unknown key " + ConfigNode.quoted(key) + within(path) + "; known keys: " + known
                        + (meant.isEmpty() ? elsewhere(key, components) : meant));
            }
        });
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String key = components[i].getName();
            ConfigNode value = mapping.entries().get(key);
            if (value == null) {
                value = otherwise(components[i], mapping, path);
            }
            values[i] = value(components[i].getGenericType(), value, path.isEmpty() ? key : path + "." + key);
        }
        return construct(type, mapping, values);
    }

    /** The same settings with the groups that may be missing, so that single values can go into them. */
    public static Mapping withGroups(Class<? extends Record> type, Mapping settings) {
        Map<String, ConfigNode> all = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String key = component.getName();
            ConfigNode value = settings.entries().get(key);
            if (value != null) {
                all.put(key, value);
            } else if (component.isAnnotationPresent(Default.class) && isGroup(component)) {
                all.put(key, new Mapping(Map.of(), settings.origin()));
            }
        }
        settings.entries().forEach(all::putIfAbsent);
        return new Mapping(all, settings.origin());
    }

    private static boolean isGroup(RecordComponent component) {
        Class<?> type = component.getType();
        return type.isRecord() && type != ImageSize.class && type != Amount.class;
    }

    /** Asks about a key of one of the groups below, which has its own name or that of the group before it. */
    private static String elsewhere(String key, RecordComponent[] components) {
        for (RecordComponent component : components) {
            if (isGroup(component)) {
                String group = component.getName();
                for (RecordComponent inner : component.getType().getRecordComponents()) {
                    List<String> spellings = List.of(inner.getName(), group + inner.getName());
                    if (NearMiss.of(key, spellings).isPresent()) {
                        return "; did you mean " + inner.getName() + " in the group " + group + "?";
                    }
                }
            }
        }
        return "";
    }

    private static ConfigNode otherwise(RecordComponent component, Mapping mapping, String path) {
        Default value = component.getAnnotation(Default.class);
        if (value == null) {
            throw mapping.error("key '" + component.getName() + "' is missing" + within(path));
        }
        if (isGroup(component)) {
            return new Mapping(Map.of(), mapping.origin());
        }
        return value.value().equals("[]")
                ? new Sequence(List.of(), mapping.origin())
                : new Scalar(value.value(), Style.PLAIN, mapping.origin());
    }

    /** {@code " in student"}, or nothing at the top. */
    static String within(String path) {
        return path.isEmpty() ? "" : " in " + path;
    }

    private static <T extends Record> T construct(Class<T> type, Mapping mapping, Object[] values) {
        Class<?>[] types = Stream.of(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InputException refused) {
                Problem problem = refused.problem();
                ConfigNode place = mapping.entries().getOrDefault(problem.key(), mapping);
                throw new InputException(problem.at(place.origin()), refused);
            }
            throw new IllegalStateException(type + " failed on " + Arrays.toString(values), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " is not a public record", e);
        }
    }

    private static Object value(Type type, ConfigNode node, String path) {
        if (type instanceof ParameterizedType list) {
            return list(list.getActualTypeArguments()[0], node, path);
        }
        Class<?> raw = (Class<?>) type;
        if (raw == Amount.class) {
            return Numerals.amount(node, path);
        }
        if (raw == ImageSize.class) {
            return Numerals.imageSize(node, path);
        }
        if (raw.isRecord()) {
            return record(raw.asSubclass(Record.class), node, path);
        }
        if (raw.isEnum()) {
            return constant(raw, node, path);
        }
        if (raw == String.class) {
            return text(node, path);
        }
        if (raw == double.class) {
            return Numerals.number(node, path);
        }
        if (raw == BigDecimal.class) {
            return BigDecimal.valueOf(Numerals.number(node, path));
        }
        if (raw == long.class) {
            return Numerals.whole(node, path, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        return (int) Numerals.whole(node, path, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static List<Object> list(Type element, ConfigNode node, String path) {
        if (!(node instanceof Sequence sequence)) {
            throw node.error(path + " must be a list, got " + node.describe());
        }
        List<Object> values = new ArrayList<>();
        for (ConfigNode item : sequence.items()) {
            Type type = element == Integer.class ? int.class : element;
            values.add(value(type, item, path + "[" + values.size() + "]"));
        }
        return values;
    }

    private static Object constant(Class<?> type, ConfigNode node, String path) {
        Object[] constants = type.getEnumConstants();
        for (Object constant : constants) {
            if (node instanceof Scalar scalar && scalar.text().equals(word(constant))) {
                return constant;
            }
        }
        List<String> choices = Arrays.stream(constants).map(RecordBinder::word).toList();
        String meant = node instanceof Scalar scalar ? NearMiss.question(scalar.text(), choices) : "";
        throw node.error(path + " must be one of " + String.join(", ", choices) + ", got " + node.describe() + meant);
    }

    /** An enum constant as settings write it. */
    static String word(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }

    private static String text(ConfigNode node, String path) {
        if (!(node instanceof Scalar scalar)) {
            throw node.error(path + " must be text, got " + node.describe());
        }
        boolean looksLikeText = !NOT_TEXT.matcher(scalar.text()).matches()
                && !Numerals.NUMBER.matcher(scalar.text()).matches();
        if (scalar.style() == Style.QUOTED || looksLikeText) {
            return scalar.text();
        }
        throw node.error(
                path + " must be text, got " + node.describe() + "; put it in quotes if that is what is meant");
    }
}
