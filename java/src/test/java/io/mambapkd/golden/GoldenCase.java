package io.mambapkd.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One reference case: inputs, expected outputs and gradients in double precision, tolerances. */
public final class GoldenCase {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final JsonNode entry;
    private final Map<String, double[]> values = new LinkedHashMap<>();
    private final Map<String, int[]> shapes = new LinkedHashMap<>();

    private GoldenCase(JsonNode entry) {
        this.entry = entry;
    }

    /** All cases of a folder's index.json. */
    public static List<GoldenCase> load(Path folder) throws IOException {
        JsonNode index = JSON.readTree(Files.readAllBytes(folder.resolve("index.json")));
        List<GoldenCase> cases = new ArrayList<>();
        for (JsonNode entry : index.get("cases")) {
            GoldenCase golden = new GoldenCase(entry);
            golden.read(Files.readAllBytes(folder.resolve(entry.get("file").asString())));
            cases.add(golden);
        }
        return cases;
    }

    private void read(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = Math.toIntExact(bytes.getLong());
        JsonNode header = JSON.readTree(new String(file, 8, headerLength, StandardCharsets.UTF_8));
        for (Map.Entry<String, JsonNode> tensor : header.properties()) {
            if (tensor.getKey().equals("__metadata__")) {
                continue;
            }
            JsonNode offsets = tensor.getValue().get("data_offsets");
            int from = 8 + headerLength + offsets.get(0).asInt();
            double[] data = new double[(offsets.get(1).asInt() - offsets.get(0).asInt()) / Double.BYTES];
            for (int i = 0; i < data.length; i++) {
                data[i] = bytes.getDouble(from + i * Double.BYTES);
            }
            values.put(tensor.getKey(), data);
            JsonNode shape = tensor.getValue().get("shape");
            int[] extents = new int[shape.size()];
            for (int i = 0; i < extents.length; i++) {
                extents[i] = shape.get(i).asInt();
            }
            shapes.put(tensor.getKey(), extents);
        }
    }

    public String op() {
        return entry.get("op").asString();
    }

    public String file() {
        return entry.get("file").asString();
    }

    /** Options of the case; {@code options().get("eps").asDouble()}. */
    public JsonNode options() {
        return entry.get("options");
    }

    public boolean has(String tensor) {
        return values.containsKey(tensor);
    }

    public int[] shape(String tensor) {
        return shapes.get(tensor);
    }

    public double[] doubles(String tensor) {
        return values.get(tensor);
    }

    /** The values as floats; inputs are exactly representable. */
    public float[] floats(String tensor) {
        double[] source = values.get(tensor);
        float[] target = new float[source.length];
        for (int i = 0; i < target.length; i++) {
            target[i] = (float) source[i];
        }
        return target;
    }

    /** Names of everything that must be reproduced: outputs and gradients. */
    public List<String> expected() {
        List<String> names = new ArrayList<>();
        entry.get("outputs").forEach(name -> names.add(name.asString()));
        entry.get("gradients").forEach(name -> names.add(name.asString()));
        return names;
    }

    /**
     * Compares a result with the reference under the case's float32 tolerance: {@code |x - r| <= tol * s + floor}.
     *
     * @return a sentence about the worst element, or an empty string if all pass
     */
    public String mismatch(String tensor, float[] actual) {
        double[] reference = values.get(tensor);
        if (actual.length != reference.length) {
            return tensor + " has " + actual.length + " elements, expected " + reference.length;
        }
        JsonNode rule = entry.get("float32").get(tensor);
        double tolerance = rule.get("tol").asDouble();
        double floor = rule.get("floor").asDouble();
        String scaleKind = rule.get("scale").asString();
        int[] shape = shapes.get(tensor);
        int row = shape[shape.length - 1];
        double worst = 0;
        int worstAt = -1;
        for (int i = 0; i < actual.length; i++) {
            double scale = switch (scaleKind) {
                case "element" -> Math.abs(reference[i]);
                case "row" -> largest(reference, i / row * row, row);
                default -> largest(reference, 0, reference.length);
            };
            double error = Math.abs(actual[i] - reference[i]);
            double excess = error / (tolerance * scale + floor);
            if (!(error <= tolerance * scale + floor) && !(excess <= worst)) {
                worst = Double.isNaN(excess) ? Double.POSITIVE_INFINITY : excess;
                worstAt = i;
            }
        }
        return worstAt < 0
                ? ""
                : String.format(
                        "%s[%d] is %.9g, expected %.9g: %.3g times the tolerance %.1g (%s)",
                        tensor, worstAt, actual[worstAt], reference[worstAt], worst, tolerance, scaleKind);
    }

    private static double largest(double[] values, int from, int count) {
        double largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }

    @Override
    public String toString() {
        return file();
    }
}
