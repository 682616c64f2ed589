package io.mambapkd.checkpoint;

import io.mambapkd.nn.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The tensors of a file as the parameters of a model.
 *
 * <p>A file of another program need not be as ours: F16, BF16 and F64 are converted to F32; a prefix that all names have, as {@code module.} of
 * PyTorch's wrappers, is left out; and so are the counters of batch norm, {@code num_batches_tracked}, and tensors without elements, as neither
 * says anything of the model.
 */
final class FittedTensors {
    private static final String COUNTER = "num_batches_tracked";

    private final String where;
    private final List<Parameter> parameters;
    private final Map<String, StoredTensor> stored = new LinkedHashMap<>();
    private final Map<Parameter, float[]> values = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> remedies = new ArrayList<>();

    /** @param where names the file in messages */
    FittedTensors(List<Parameter> parameters, List<StoredTensor> tensors, String where) {
        this.where = where;
        this.parameters = parameters;
        String prefix = prefix(tensors);
        tensors.forEach(tensor -> stored.put(tensor.name().substring(prefix.length()), tensor));
        if (!prefix.isEmpty()) {
            notes.add("all tensors of " + where + " have the prefix " + prefix + " in their names, which was left out");
        }
        fit();
    }

    /** The values of each parameter; complete where there are no problems. */
    Map<Parameter, float[]> values() {
        return values;
    }

    /** What does not fit, each as a part of a sentence; empty where all does. */
    List<String> problems() {
        return problems;
    }

    /** What was done to make the file fit, each as a sentence. */
    List<String> notes() {
        return notes;
    }

    /** What to do about the problems, each as a part of a sentence. */
    List<String> remedies() {
        return remedies;
    }

    /** The shortest prefix without which the most tensors have names of the model, among those that all tensors have. */
    private String prefix(List<StoredTensor> tensors) {
        if (tensors.isEmpty()) {
            return "";
        }
        String first = tensors.get(0).name();
        String best = "";
        long most = named(tensors, best);
        for (int dot = first.indexOf('.'); dot >= 0; dot = first.indexOf('.', dot + 1)) {
            String prefix = first.substring(0, dot + 1);
            if (!tensors.stream()
                    .allMatch(tensor ->
                            tensor.name().startsWith(prefix) && tensor.name().length() > prefix.length())) {
                break;
            }
            long count = named(tensors, prefix);
            if (count > most) {
                most = count;
                best = prefix;
            }
        }
        return best;
    }

    private long named(Collection<StoredTensor> tensors, String prefix) {
        return tensors.stream()
                .filter(tensor -> parameters.stream()
                        .anyMatch(parameter -> tensor.name().length()
                                        == prefix.length() + parameter.name().length()
                                && tensor.name().endsWith(parameter.name())))
                .count();
    }

    private void fit() {
        Map<ElementType, Integer> converted = new TreeMap<>();
        boolean permuted = false;
        boolean scaled = false;
        List<String> missing = new ArrayList<>();
        for (Parameter parameter : parameters) {
            StoredTensor tensor = stored.remove(parameter.name());
            if (tensor == null) {
                missing.add(parameter.name());
                problems.add(parameter.name() + " " + parameter.shape() + " is missing");
                continue;
            }
            List<Integer> expected = extents(parameter);
            if (!tensor.type().converts() || !tensor.extents().equals(expected)) {
                boolean other = isPermutation(tensor.extents(), expected);
                permuted |= other;
                scaled |= !tensor.type().converts();
                problems.add(parameter.name() + " is " + tensor.type() + " " + tensor.shape() + ", not F32 "
                        + parameter.shape() + (other ? ", which has the same axes in another order" : ""));
                continue;
            }
            float[] floats = tensor.asFloats();
            if (firstNotFinite(floats) >= 0) {
                problems.add(parameter.name() + " has values that are not finite"
                        + (tensor.type() == ElementType.F64 ? " in F32" : ""));
            }
            if (tensor.type() != ElementType.F32) {
                converted.merge(tensor.type(), 1, Integer::sum);
            }
            values.put(parameter, floats);
        }
        stored.values().removeIf(FittedTensors::saysNothing);
        stored.values()
                .forEach(tensor -> problems.add(tensor.name() + " " + tensor.shape() + " is not part of the model"));
        advise(missing, permuted, scaled);
        if (!converted.isEmpty()) {
            notes.add(converted.entrySet().stream()
                            .map(entry -> entry.getValue() + (entry.getValue() == 1 ? " tensor" : " tensors") + " from "
                                    + entry.getKey())
                            .collect(Collectors.joining(" and "))
                    + " to F32: converted on reading " + where);
        }
    }

    private void advise(List<String> missing, boolean permuted, boolean scaled) {
        if (permuted) {
            remedies.add(
                    "bring the axes into the order of PyTorch, (outputs, inputs, rows, columns) for a convolution and"
                            + " (outputs, inputs) for a linear layer");
        }
        if (scaled) {
            remedies.add("save the tensors as F32");
        }
        for (StoredTensor tensor : stored.values()) {
            for (String name : missing) {
                if (tensor.name().endsWith("." + name)) {
                    String prefix = tensor.name().substring(0, tensor.name().length() - name.length());
                    remedies.add("save the tensors under " + prefix + " alone, and without this prefix in their names");
                    return;
                }
            }
        }
    }

    /** A counter of batch norm, or a tensor without elements. */
    private static boolean saysNothing(StoredTensor tensor) {
        boolean counter = (tensor.name().equals(COUNTER) || tensor.name().endsWith("." + COUNTER))
                && tensor.extents().stream().allMatch(extent -> extent == 1);
        return counter || tensor.extents().contains(0);
    }

    private static boolean isPermutation(List<Integer> a, List<Integer> b) {
        return !a.equals(b)
                && a.stream().sorted().toList().equals(b.stream().sorted().toList());
    }

    private static List<Integer> extents(Parameter parameter) {
        List<Integer> extents = new ArrayList<>();
        for (int extent : parameter.shape().toArray()) {
            extents.add(extent);
        }
        return extents;
    }

    /** Index of the first value that is infinite or no number, or -1. */
    static int firstNotFinite(float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }
}
