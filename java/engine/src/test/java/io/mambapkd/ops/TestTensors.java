package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Tensors of one test on one backend, with random values that depend on the name alone. */
public final class TestTensors {
    private final Backend backend;

    public TestTensors(Backend backend) {
        this.backend = backend;
    }

    /** A tensor in an arena of its own that the garbage collector frees. */
    public Tensor of(float[] values, int... extents) {
        Arena arena = backend.newArena("test");
        Tensor tensor = arena.allocate("tensor", extents);
        arena.seal();
        backend.upload(values, tensor);
        return tensor;
    }

    /** A tensor of NaN: whoever reads it before writing it is found out. */
    public Tensor unwritten(int... extents) {
        float[] values = new float[product(extents)];
        Arrays.fill(values, Float.NaN);
        return of(values, extents);
    }

    public float[] download(Tensor tensor) {
        return backend.download(tensor);
    }

    /** Uniform values in [-1, 1); {@code stream} tells the tensors of a test apart. */
    public static float[] random(int stream, int... extents) {
        CounterRandom random = new CounterRandom(11, Purpose.TEST_INPUT);
        float[] values = new float[product(extents)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.uniform(stream, i, 0, -1, 1);
        }
        return values;
    }

    /** Demands the same bits of a second run and of every variation of the backend. */
    static void haveTheSameBits(BackendUnderTest under, Function<Backend, Map<String, float[]>> work) {
        Map<String, float[]> expected = valuesOf(under.opener(), work);
        List<Supplier<Backend>> others = new ArrayList<>(under.variations());
        others.add(under.opener());
        for (Supplier<Backend> other : others) {
            Map<String, float[]> actual = valuesOf(other, work);
            expected.forEach(
                    (name, values) -> assertThat(actual.get(name)).as(name).isEqualTo(values));
        }
    }

    private static Map<String, float[]> valuesOf(
            Supplier<Backend> opener, Function<Backend, Map<String, float[]>> work) {
        try (Backend backend = opener.get()) {
            return work.apply(backend);
        }
    }

    private static int product(int... extents) {
        int product = 1;
        for (int extent : extents) {
            product *= extent;
        }
        return product;
    }

    /** Demands {@code |actual - expected| <= tolerance} everywhere, and names the worst element. */
    public static void assertClose(String name, float[] actual, double[] expected, double tolerance) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        int worst = 0;
        for (int i = 0; i < actual.length; i++) {
            if (!(Math.abs(actual[i] - expected[i]) <= Math.abs(actual[worst] - expected[worst]))) {
                worst = i;
            }
        }
        assertThat(Math.abs(actual[worst] - expected[worst]))
                .as("%s[%d] is %.9g, expected %.9g", name, worst, actual[worst], expected[worst])
                .isLessThanOrEqualTo(tolerance);
    }
}
