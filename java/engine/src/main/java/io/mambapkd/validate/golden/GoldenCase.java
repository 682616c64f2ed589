package io.mambapkd.validate.golden;

import io.mambapkd.InputException;
import io.mambapkd.checkpoint.ElementType;
import io.mambapkd.checkpoint.Safetensors;
import io.mambapkd.checkpoint.StoredTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * One reference case: inputs, expected outputs and gradients in double precision, tolerances.
 *
 * <p>A value x passes against its reference r if {@code |x - r| <= tol s + floor}, where s is by {@code scale} the largest |r| of the {@code tensor},
 * that of its {@code row} along the last axis, or |r| itself, for {@code element}.
 */
public final class GoldenCase {
    private final JsonNode entry;
    private final String where;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final List<String> expected = new ArrayList<>();

    /**
     * @param entry of index.json
     * @param where names the file in messages
     * @throws InputException if a tensor or tolerance that the entry promises is missing
     */
    GoldenCase(JsonNode entry, Safetensors content, String where) {
        this.entry = entry;
        this.where = where;
        for (StoredTensor tensor : content.tensors()) {
            if (tensor.type() != ElementType.F64 || tensor.extents().isEmpty()) {
                throw new InputException(where + ": expected tensors of F64 with at least one axis, got "
                        + tensor.name() + " " + tensor.shape() + " of " + tensor.type());
            }
            tensors.put(tensor.name(), tensor);
        }
        for (String kind : List.of("inputs", "upstream_gradients", "outputs", "gradients")) {
            for (JsonNode name : entry.path(kind)) {
                tensor(name.asString(""));
                if (kind.equals("outputs") || kind.equals("gradients")) {
                    expected.add(name.asString(""));
                }
            }
        }
        expected.forEach(this::tolerance);
    }

    /** Name of the reference's operation, as {@link GoldenRunners} knows it or does not. */
    public String operation() {
        return GoldenFolder.printable(entry.path("op").asString(""));
    }

    /** Name of the file, without its folder. */
    public String file() {
        return entry.path("file").asString("");
    }

    /**
     * An option of the case.
     *
     * @throws InputException if there is none of that name
     */
    JsonNode option(String name) {
        JsonNode value = entry.path("options").path(name);
        if (!value.isValueNode()) {
            throw new InputException(where + ": expected the option '" + name + "' in index.json, got none");
        }
        return value;
    }

    boolean has(String tensor) {
        return tensors.containsKey(tensor);
    }

    int[] shape(String tensor) {
        return tensor(tensor).extents().stream().mapToInt(Integer::intValue).toArray();
    }

    double[] doubles(String tensor) {
        return tensor(tensor).doubles();
    }

    /** The values as floats; inputs are exactly representable. */
    float[] floats(String tensor) {
        double[] source = doubles(tensor);
        float[] target = new float[source.length];
        for (int i = 0; i < target.length; i++) {
            target[i] = (float) source[i];
        }
        return target;
    }

    /** Names of everything that must be reproduced: outputs and gradients. */
    List<String> expected() {
        return List.copyOf(expected);
    }

    /** How far values of a tensor may be off; see the class. */
    double[] allowed(String tensor) {
        JsonNode rule = tolerance(tensor);
        double[] reference = doubles(tensor);
        int[] shape = shape(tensor);
        String scale = rule.path("scale").asString("");
        int run = switch (scale) {
            case "element" -> 1;
            case "row" -> shape[shape.length - 1];
            case "tensor" -> reference.length;
            default ->
                throw new InputException(where + ": expected the scale of " + tensor
                        + " in index.json to be element, row or tensor, got '" + GoldenFolder.printable(scale) + "'");
        };
        double[] allowed = new double[reference.length];
        for (int i = 0; i < allowed.length; i++) {
            double largest = 0;
            for (int k = i / run * run; i % run == 0 && k < i + run; k++) {
                largest = Math.max(largest, Math.abs(reference[k]));
            }
            allowed[i] = i % run == 0
                    ? rule.path("tol").asDouble() * largest + rule.path("floor").asDouble()
                    : allowed[i - 1];
        }
        return allowed;
    }

    private JsonNode tolerance(String tensor) {
        JsonNode rule = entry.path("float32").path(tensor);
        if (!rule.path("tol").isNumber() || !rule.path("floor").isNumber()) {
            throw new InputException(
                    where + ": expected numbers 'tol' and 'floor' for " + tensor + " under float32 in index.json");
        }
        return rule;
    }

    private StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InputException(where + ": expected a tensor '" + GoldenFolder.printable(name) + "' for "
                    + operation() + ", got none; copy the reference vectors again");
        }
        return tensor;
    }

    String where() {
        return where;
    }

    @Override
    public String toString() {
        return file();
    }
}
