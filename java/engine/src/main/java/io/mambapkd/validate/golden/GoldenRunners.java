package io.mambapkd.validate.golden;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.results.ValidationRecord.Row;
import io.mambapkd.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which operations of reference vectors can be run, and how a backend's results compare with the vectors. */
public final class GoldenRunners {
    /** Before the name of a reference's operation, where it stands beside other operations. */
    public static final String PREFIX = "golden/";

    private static final String TYPE = "f32";

    private static final Map<String, GoldenRunner> RUNNERS = new TreeMap<>();

    /** The operations that references of an operation are about, in the terms of random cases. */
    private static final Map<String, String> SUBJECTS = Map.ofEntries(
            Map.entry("selective_scan", "scan"),
            Map.entry("causal_conv1d", "conv1d"),
            Map.entry("mamba_block", "student_step"),
            Map.entry("rmsnorm", "rms_norm"),
            Map.entry("layernorm", "layer_norm"),
            Map.entry("linear", "gemm"),
            Map.entry("gelu", "activation"),
            Map.entry("gelu_tanh", "activation"),
            Map.entry("silu", "activation"),
            Map.entry("softplus", "activation"),
            Map.entry("softmax", "softmax"),
            Map.entry("distill_loss", "loss"),
            Map.entry("adamw", "adamw"),
            Map.entry("sgd_nesterov", "sgd"),
            Map.entry("conv2d", "conv2d"),
            Map.entry("batchnorm2d", "batch_norm"),
            Map.entry("maxpool2d", "pool"),
            Map.entry("global_avgpool2d", "pool"));

    static {
        LossRunners.register(RUNNERS);
        OptimizerRunners.register(RUNNERS);
        SequenceRunners.register(RUNNERS);
        BlockRunners.register(RUNNERS);
        VisionRunners.register(RUNNERS);
    }

    private GoldenRunners() {}

    /** Names of all operations of references, each with {@link #PREFIX}. */
    public static List<String> names() {
        return RUNNERS.keySet().stream().map(name -> PREFIX + name).toList();
    }

    /** Whether a case is about one of the operations that were named, by its own name with {@link #PREFIX} or by that of random cases; always if none was. */
    public static boolean isAbout(GoldenCase golden, List<String> operations) {
        return operations.isEmpty()
                || operations.contains(PREFIX + golden.operation())
                || operations.contains(SUBJECTS.getOrDefault(golden.operation(), ""));
    }

    /**
     * Runs a case on a device. Where the device fails, the case fails with the reason, provided that the specification can run it.
     *
     * @param number of the case
     * @return a row for every output and gradient; one that failed, if the operation is unknown or the device could not run it
     * @throws InputException if the case lacks what its operation needs, or is of another shape
     */
    public static List<Row> compare(Backend tested, Backend specification, GoldenCase golden, int number) {
        try {
            return rows(tested, golden, number);
        } catch (RuntimeException failure) {
            // Where the case itself is at fault, this fails too.
            compare(specification, golden, number);
            return List.of(Row.failed(
                    PREFIX + golden.operation(), TYPE, number, golden.file(), "", DeviceCheck.reason(failure)));
        }
    }

    /**
     * Runs a case on a backend.
     *
     * @param number of the case
     * @return a row for every output and gradient; one that failed, if the operation is unknown
     * @throws InputException if the case lacks what its operation needs, or is of another shape
     */
    public static List<Row> compare(Backend backend, GoldenCase golden, int number) {
        try {
            return rows(backend, golden, number);
        } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
            throw new InputException(
                    golden.where() + ": its tensors and options do not fit " + golden.operation() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private static List<Row> rows(Backend backend, GoldenCase golden, int number) {
        GoldenRunner runner = RUNNERS.get(golden.operation());
        if (runner == null) {
            return List.of(
                    failure(golden, number, "operation", "one of " + String.join(", ", RUNNERS.keySet()), "unknown"));
        }
        List<Row> rows = new ArrayList<>();
        try (GoldenTensors tensors = new GoldenTensors(backend, golden)) {
            runner.run(tensors, golden);
            for (String name : golden.expected()) {
                float[] actual = tensors.results().get(name);
                rows.add(
                        actual == null
                                ? failure(golden, number, name, "what the reference has", "not computed")
                                : row(golden, number, name, actual));
            }
        }
        return rows;
    }

    private static Row failure(GoldenCase golden, int number, String tensor, String expected, String actual) {
        return new Row(
                PREFIX + golden.operation(),
                TYPE,
                number,
                golden.file(),
                tensor,
                Double.MAX_VALUE,
                Double.MAX_VALUE,
                "",
                expected,
                actual,
                0,
                false,
                "");
    }

    private static Row row(GoldenCase golden, int number, String tensor, float[] actual) {
        double[] reference = golden.doubles(tensor);
        double[] allowed = golden.allowed(tensor);
        if (actual.length != reference.length) {
            return failure(golden, number, tensor, reference.length + " elements", "of " + actual.length + " elements");
        }
        double largest = 0;
        int worst = 0;
        double worstShare = -1;
        for (int i = 0; i < actual.length; i++) {
            double error = Math.abs(actual[i] - reference[i]);
            double share = Double.isFinite(error) ? share(error, allowed[i]) : Double.MAX_VALUE;
            if (share > worstShare) {
                worstShare = share;
                worst = i;
            }
            largest = Math.max(largest, Math.abs(reference[i]));
        }
        double error = Math.abs(actual[worst] - reference[worst]);
        boolean finite = Double.isFinite(error);
        return new Row(
                PREFIX + golden.operation(),
                TYPE,
                number,
                golden.file(),
                tensor,
                finite ? error : Double.MAX_VALUE,
                !finite ? Double.MAX_VALUE : largest == 0 ? 0 : error / largest,
                Shape.of(golden.shape(tensor)).coordinate(worst),
                Double.toString(reference[worst]),
                Float.toString(actual[worst]),
                allowed[worst],
                worstShare <= 1,
                "");
    }

    private static double share(double error, double allowed) {
        return error == 0 ? 0 : allowed == 0 ? Double.MAX_VALUE : error / allowed;
    }
}
