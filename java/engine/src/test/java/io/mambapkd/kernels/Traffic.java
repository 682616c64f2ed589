package io.mambapkd.kernels;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the counts of a family need: a backend, its tensors, and a note of the kernels that were counted. */
final class Traffic {
    /** Types that activations may be of: what kernels are named after, and E bytes each in their formulas. */
    static final List<DType> ACTIVATIONS = List.of(DType.F32, DType.BF16);

    final Backend backend;
    private final SequenceTensors tensors;
    private final SequenceTensors narrow;
    private final Set<String> counted;

    Traffic(Backend backend, Set<String> counted) {
        this.backend = backend;
        this.counted = counted;
        tensors = new SequenceTensors(backend, 1);
        narrow = new SequenceTensors(backend, 1, SequenceTensors.Numbers.BFLOAT16);
    }

    /** Numbers in [-1, 1). */
    Tensor floats(int... extents) {
        return tensors.uniform(-1, 1, extents);
    }

    /** {@code _f32} or {@code _bf16}: how the entries for a type of activations end. */
    static String ending(DType dtype) {
        return "_" + dtype.name().toLowerCase(Locale.ROOT);
    }

    /** Numbers in [-1, 1) in F32 or BF16. */
    Tensor numbers(DType dtype, int... extents) {
        return dtype == DType.BF16 ? narrow.activations(-1, 1, extents) : floats(extents);
    }

    Tensor ints(int... values) {
        Tensor tensor = allocate(DType.I32, values.length);
        backend.upload(values, tensor);
        return tensor;
    }

    Tensor bytes(int... extents) {
        Tensor tensor = allocate(DType.U8, extents);
        backend.upload(new byte[Math.toIntExact(tensor.shape().elements())], tensor);
        return tensor;
    }

    private Tensor allocate(DType dtype, int... extents) {
        Arena arena = backend.newArena("test");
        Tensor tensor = arena.allocate("test", dtype, Shape.of(extents));
        arena.seal();
        return tensor;
    }

    /** Runs an operation that launches those kernels. */
    void count(BytesMoved expected, Runnable operation) {
        expected.during(operation);
        counted.addAll(expected.entries());
    }
}
