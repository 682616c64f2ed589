package io.mambapkd.train.plan;

import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.EmbeddingOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Memory;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a model takes, found by planning its tensors without memory behind them.
 *
 * @param parameters learned values
 * @param parameterBytes of all values that a checkpoint holds
 * @param largestParameterBytes of the largest tensor of a checkpoint
 * @param optimizerBytes of two vectors of the size of the parameters, which is what AdamW keeps, and SGD with an average of the weights
 * @param tensorBytes of all tensors of the model: values, gradients, buffers, activations and their gradients
 */
record ModelSize(
        long parameters, long parameterBytes, long largestParameterBytes, long optimizerBytes, long tensorBytes) {
    static final ModelSize NONE = new ModelSize(0, 0, 0, 0, 0);

    /** An arena without memory. */
    private static final class Plan extends Arena {
        private static final Memory NOTHING = new Memory() {};

        private final boolean oneBlockPerType;

        Plan(String name, Layout layout, boolean oneBlockPerType) {
            super(name, layout, Blocks.PER_TYPE);
            this.oneBlockPerType = oneBlockPerType;
        }

        @Override
        protected Memory reserve(DType dtype, long elements) {
            return oneBlockPerType && Math.toIntExact(elements) < 0 ? new Memory() {} : NOTHING;
        }

        @Override
        protected void release(Memory memory) {
            // There is none.
        }
    }

    /**
     * @param onHeap whether all tensors of an arena must fit into one array
     * @return nothing where a tensor has more values than can be counted with 31 bits
     */
    static Optional<ModelSize> teacher(TeacherSpec spec, ImageShape image, int classes, int batch, boolean onHeap) {
        return of(onHeap, Parts.NONE, backend -> new CnnTeacher(backend, spec, image, classes, batch, 0));
    }

    /**
     * The same of a student.
     *
     * @param parts that the student's backend has: what is one pass over memory keeps less of it
     */
    static Optional<ModelSize> student(
            StudentSpec spec, ImageShape image, int classes, int batch, boolean onHeap, Parts parts) {
        return of(onHeap, parts, backend -> new MambaStudent(backend, spec, image, classes, batch));
    }

    /** The parts of a model that are one pass over memory. */
    record Parts(BlockOps block, EmbeddingOps embedding, HeadOps head) {
        /** None: the number of parameters does not depend on them. */
        static final Parts NONE = new Parts(BlockOps.NONE, EmbeddingOps.NONE, HeadOps.NONE);

        static Parts of(Backend backend) {
            return new Parts(backend.block(), backend.embedding(), backend.head());
        }
    }

    private static Optional<ModelSize> of(boolean onHeap, Parts parts, Function<Backend, Classifier> model) {
        List<Arena> arenas = new ArrayList<>();
        try (Classifier planned = model.apply(planning(arenas, onHeap, parts))) {
            long[] tensors = planned.parameters().all().stream()
                    .mapToLong(parameter -> parameter.shape().elements())
                    .toArray();
            long all = 0;
            long largest = 0;
            for (long elements : tensors) {
                all += elements;
                largest = Math.max(largest, elements);
            }
            return Optional.of(new ModelSize(
                    planned.parameters().count(),
                    Float.BYTES * all,
                    Float.BYTES * largest,
                    2 * Float.BYTES * planned.parameters().flatElements(),
                    arenas.stream().mapToLong(Arena::bytes).sum()));
        } catch (ArithmeticException tooLarge) {
            return Optional.empty();
        }
    }

    /** A backend whose arenas only count. Models ask it for its operations, but call none while they are made. */
    private static Backend planning(List<Arena> made, boolean onHeap, Parts parts) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    // The CPU has no BF16 tensors.
                    case "supports" -> !onHeap || arguments[0] != DType.BF16;
                    case "roundsOperands" -> onHeap;
                    case "readsKernelsChannelsLast" -> !onHeap;
                    case "block" -> parts.block();
                    case "embedding" -> parts.embedding();
                    case "head" -> parts.head();
                    case "newArena" -> {
                        Arena.Layout layout =
                                arguments.length == 1 ? Arena.Layout.SEPARABLE : (Arena.Layout) arguments[1];
                        Arena arena = new Plan((String) arguments[0], layout, onHeap);
                        made.add(arena);
                        yield arena;
                    }
                    default -> null;
                });
    }
}
