package io.mambapkd.bench.onnx;

import io.mambapkd.bench.onnx.OnnxGraph.Attribute;
import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.StudentDescription;
import io.mambapkd.runtime.model.StudentDescription.Cut;
import io.mambapkd.runtime.model.Tensors;

/**
 * A student as a graph of ONNX, the scan unrolled over its tokens: from a normalised image (1, H*W) to logits (1, K). It has what the students of mnist-full have: no stem, rows or columns
 * that divide a grey image, positions by token, one order, a flat read-out, and forward scans.
 */
final class OnnxStudent {
    private static final Attribute[] LAST = {Attribute.of("axis", -1)};

    private final OnnxGraph graph = new OnnxGraph();
    private final StudentDescription student;
    private final Tensors tensors;
    private final int side;
    private final int tokens;

    private OnnxStudent(StudentDescription student, Tensors tensors, int side) {
        this.student = student;
        this.tensors = tensors;
        this.side = side;
        tokens = side / student.tokenSize();
    }

    /** @param side H, which is W */
    static byte[] model(StudentDescription student, Tensors tensors, int side, int classes)
            throws InvalidModelException {
        boolean known = student.stem().isEmpty()
                && student.cut() != Cut.PATCHES
                && side % student.tokenSize() == 0
                && student.position() == StudentDescription.Position.TOKEN
                && student.order() == StudentDescription.Order.ROW
                && student.readOut() == StudentDescription.ReadOut.FLAT
                && student.mixer() == StudentDescription.Mixer.SCAN
                && student.direction() == StudentDescription.Direction.FORWARD
                && student.reuse() == StudentDescription.Reuse.NONE;
        if (!known) {
            throw new InvalidModelException(
                    "expected students as those of mnist-full, got " + student + "; compare a run of mnist-full");
        }
        return new OnnxStudent(student, tensors, side).model(classes);
    }

    private byte[] model(int classes) throws InvalidModelException {
        int width = student.modelWidth();
        int elements = side * student.tokenSize();
        String image = graph.input("image", 1, (long) side * side);
        if (student.cut() == Cut.COLUMNS) {
            String square = graph.operation("Reshape", image, graph.constant(side, side));
            image = graph.operation("Transpose", square);
        }
        String cut = graph.operation("Reshape", image, graph.constant(tokens, elements));
        String h = linear(cut, "embed.weight", width, elements);
        h = add(h, graph.constant(tensors.take("embed.bias", width), width));
        h = add(h, graph.constant(tensors.take("pos_embed", tokens, width), tokens, width));
        for (int block = 0; block < student.blocks(); block++) {
            String prefix = "layers." + block + ".";
            h = add(h, mixer(norm(h, prefix + "norm.weight"), prefix + "mixer."));
        }
        String flat = graph.operation("Reshape", norm(h, "norm_f.weight"), graph.constant(1, (long) tokens * width));
        String logits = linear(flat, "head.weight", classes, tokens * width);
        logits = add(logits, graph.constant(tensors.take("head.bias", classes), classes));
        tensors.requireAllTaken();
        return graph.model("logits", logits, 1, classes);
    }

    private String add(String a, String b) {
        return graph.operation("Add", a, b);
    }

    private String multiply(String a, String b) {
        return graph.operation("Mul", a, b);
    }

    private String silu(String x) {
        return multiply(x, graph.operation("Sigmoid", x));
    }

    private String linear(String x, String name, int outputs, int inputs) throws InvalidModelException {
        float[] weights = tensors.take(name, outputs, inputs);
        float[] transposed = new float[weights.length];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                transposed[i * outputs + o] = weights[o * inputs + i];
            }
        }
        return graph.operation("MatMul", x, graph.constant(transposed, inputs, outputs));
    }

    private String norm(String x, String name) throws InvalidModelException {
        int width = student.modelWidth();
        Attribute[] mean = {Attribute.of("axes", -1), Attribute.of("keepdims", 1)};
        String square = graph.operation("ReduceMean", mean, multiply(x, x));
        String root = graph.operation("Sqrt", add(square, graph.constant(new float[] {1e-5f}, 1)));
        return multiply(graph.operation("Div", x, root), graph.constant(tensors.take(name, width), width));
    }

    private String mixer(String x, String prefix) throws InvalidModelException {
        int inner = student.innerWidth();
        int taps = student.convWidth();
        String xz = linear(x, prefix + "in_proj.weight", 2 * inner, student.modelWidth());
        String[] parts = graph.operation("Split", 2, LAST, xz, graph.constant(inner, inner));
        String channels =
                graph.operation("Reshape", graph.operation("Transpose", parts[0]), graph.constant(1, inner, tokens));
        Attribute[] causal = {Attribute.of("group", inner), Attribute.of("pads", taps - 1, 0)};
        String convolved = graph.operation(
                "Conv",
                causal,
                channels,
                graph.constant(tensors.take(prefix + "conv1d.weight", inner, 1, taps), inner, 1, taps),
                graph.constant(tensors.take(prefix + "conv1d.bias", inner), inner));
        String u = silu(
                graph.operation("Transpose", graph.operation("Reshape", convolved, graph.constant(inner, tokens))));
        String y = scan(u, prefix);
        String skip = multiply(u, graph.constant(tensors.take(prefix + "D", inner), inner));
        String gated = multiply(add(y, skip), silu(parts[1]));
        return linear(gated, prefix + "out_proj.weight", student.modelWidth(), inner);
    }

    private String scan(String u, String prefix) throws InvalidModelException {
        int inner = student.innerWidth();
        int states = student.stateSize();
        int rank = student.dtRank();
        String projected = linear(u, prefix + "x_proj.weight", rank + 2 * states, inner);
        String[] parts = graph.operation("Split", 3, LAST, projected, graph.constant(rank, states, states));
        String dt = linear(parts[0], prefix + "dt_proj.weight", inner, rank);
        String bias = graph.constant(tensors.take(prefix + "dt_proj.bias", inner), inner);
        String delta = graph.operation("Softplus", add(dt, bias));
        float[] decay = tensors.take(prefix + "A_log", inner, states);
        for (int i = 0; i < decay.length; i++) {
            decay[i] = (float) -Math.exp(decay[i]);
        }
        String last = graph.constant(2);
        String middle = graph.constant(1);
        String exponents = multiply(graph.operation("Unsqueeze", delta, last), graph.constant(decay, inner, states));
        String keep = graph.operation("Exp", exponents);
        String input = multiply(
                graph.operation("Unsqueeze", multiply(delta, u), last), graph.operation("Unsqueeze", parts[1], middle));
        Attribute[] byToken = {Attribute.of("axis", 0)};
        String[] keeps = graph.operation("Split", tokens, byToken, keep);
        String[] inputs = graph.operation("Split", tokens, byToken, input);
        String[] h = new String[tokens];
        h[0] = inputs[0];
        for (int l = 1; l < tokens; l++) {
            h[l] = add(multiply(keeps[l], h[l - 1]), inputs[l]);
        }
        String all = graph.operation("Concat", byToken, h);
        String read = multiply(all, graph.operation("Unsqueeze", parts[2], middle));
        return graph.operation("ReduceSum", new Attribute[] {Attribute.of("keepdims", 0)}, read, graph.constant(2));
    }
}
