package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Named tensors that some operations gave on one backend, to be compared with those of another. */
public final class Results {
    private static final double UNDERFLOW = 1e-30;

    private final SequenceTensors tensors;
    private final Map<String, float[]> values = new LinkedHashMap<>();
    private final Set<String> rounded = new HashSet<>();

    private Results(SequenceTensors tensors) {
        this.tensors = tensors;
    }

    /** Notes the values of a tensor, which may be a column view. */
    public void add(String name, Tensor tensor) {
        values.put(name, tensors.values(tensor));
        if (tensor.dtype() == DType.BF16) {
            rounded.add(name);
        }
    }

    /** Operations on tensors that are the same on every backend, and what they give. */
    @FunctionalInterface
    public interface Work extends BiConsumer<Backend, Results> {
        @Override
        void accept(Backend backend, Results results);

        private Results on(Backend backend, long seed) {
            return on(backend, seed, SequenceTensors.Numbers.FLOATS);
        }

        private Results on(Backend backend, long seed, SequenceTensors.Numbers activations) {
            Results results = new Results(new SequenceTensors(backend, seed, activations));
            accept(backend, results);
            return results;
        }
    }

    /** The tensors to work on. */
    public SequenceTensors tensors() {
        return tensors;
    }

    /** Demands that the CPU gives the same, within {@code tolerance} of the largest value of each tensor. */
    public static void matchTheSpecification(String name, Backend backend, double tolerance, Work work) {
        try (Backend specification = new CpuBackend(1)) {
            Results expected = work.on(specification, 1);
            Results actual = work.on(backend, 1);
            for (Map.Entry<String, float[]> entry : expected.values.entrySet()) {
                double[] wanted = new double[entry.getValue().length];
                for (int i = 0; i < wanted.length; i++) {
                    wanted[i] = entry.getValue()[i];
                }
                String tensor = entry.getKey();
                float[] got = actual.values.getOrDefault(tensor, new float[0]);
                GradientCheck.close(name + " " + tensor, got, wanted, tolerance);
            }
        }
    }

    /**
     * Demands that the CPU, in F32, gives from the same activations about what the backend gives in BF16: the norm of the difference of each tensor
     * is within {@code tolerance} of its norm; or that a backend without the type refuses it.
     *
     * <p>What is computed in F32 and rounded once is within {@link Bfloat16#ROUNDING}.
     */
    public static void matchInBfloat16(String name, Backend backend, double tolerance, Work work) {
        matchInBfloat16(name, backend, tolerance, 0, work);
    }

    /** {@link #matchInBfloat16} where tensors of BF16 have one rounding more than those of F32. */
    public static void matchRoundedOnce(String name, Backend backend, double tolerance, Work work) {
        matchInBfloat16(name, backend, tolerance, Bfloat16.ROUNDING, work);
    }

    private static void matchInBfloat16(String name, Backend backend, double tolerance, double rounding, Work work) {
        if (!backend.supports(DType.BF16)) {
            Arena arena = backend.newArena(name);
            arena.allocate("x", DType.BF16, Shape.of(1));
            assertThatThrownBy(arena::seal).hasMessageContaining("arena " + name + " cannot be BF16 on the CPU");
            return;
        }
        try (Backend specification = new CpuBackend(1)) {
            Results expected = work.on(specification, 1, SequenceTensors.Numbers.BFLOAT16);
            Results actual = work.on(backend, 1, SequenceTensors.Numbers.BFLOAT16);
            for (Map.Entry<String, float[]> entry : expected.values.entrySet()) {
                float[] got = actual.values.getOrDefault(entry.getKey(), new float[0]);
                assertThat(got).as(entry.getKey()).hasSameSizeAs(entry.getValue());
                assertThat(relativeDistance(got, entry.getValue()))
                        .as("%s %s: norm of the difference by the norm", name, entry.getKey())
                        .isLessThanOrEqualTo(tolerance + (actual.rounded.contains(entry.getKey()) ? rounding : 0));
            }
        }
    }

    private static double relativeDistance(float[] actual, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            difference += ((double) actual[i] - expected[i]) * ((double) actual[i] - expected[i]);
            norm += (double) expected[i] * expected[i];
        }
        // Products that underflow may be lost, far below any other term.
        return difference <= UNDERFLOW * UNDERFLOW ? 0 : Math.sqrt(difference / norm);
    }

    /** Demands the same bits of a second run and of every variation of the backend. */
    public static void haveTheSameBits(BackendUnderTest under, Work work) {
        haveTheSameBits(under, SequenceTensors.Numbers.FLOATS, work);
    }

    /** {@link #haveTheSameBits} for activations of those numbers. */
    public static void haveTheSameBits(BackendUnderTest under, SequenceTensors.Numbers activations, Work work) {
        Map<String, float[]> expected = valuesOf(under.opener(), activations, work);
        assertThat(valuesOf(under.opener(), activations, work))
                .usingRecursiveComparison()
                .isEqualTo(expected);
        for (Supplier<Backend> variation : under.variations()) {
            Map<String, float[]> actual = valuesOf(variation, activations, work);
            for (Map.Entry<String, float[]> entry : expected.entrySet()) {
                assertThat(actual.get(entry.getKey())).as(entry.getKey()).isEqualTo(entry.getValue());
            }
        }
    }

    private static Map<String, float[]> valuesOf(
            Supplier<Backend> opener, SequenceTensors.Numbers activations, Work work) {
        try (Backend backend = opener.get()) {
            return work.on(backend, 2, activations).values;
        }
    }
}
