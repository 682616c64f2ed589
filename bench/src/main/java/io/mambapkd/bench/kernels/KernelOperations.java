package io.mambapkd.bench.kernels;

import io.mambapkd.InputException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** All operations that can be measured. */
public final class KernelOperations {
    private static final List<KernelOperation> ALL = Stream.of(
                    ScanKernels.all(),
                    SequenceKernels.all(),
                    TrainingKernels.all(),
                    ImageKernels.all(),
                    BlockKernels.all())
            .flatMap(List::stream)
            .toList();

    /** The variant of operations that another one stands for as a whole, launched one after the other. */
    public static final String SEPARATE = "separate";

    private KernelOperations() {}

    /** Their names, each once. */
    public static List<String> names() {
        return distinct(KernelOperation::name);
    }

    /** The names of variants, {@code shipped} among them. */
    public static List<String> variants() {
        return distinct(KernelOperation::variant);
    }

    private static List<String> distinct(Function<KernelOperation, String> name) {
        return ALL.stream().map(name).distinct().toList();
    }

    /**
     * The operations of those names and variants; an empty list stands for all.
     *
     * @throws InputException if a name is unknown, or nothing is left
     */
    static List<KernelOperation> selected(List<String> operations, List<String> variants) {
        require("--ops", operations, names());
        require("--variant", variants, variants());
        List<KernelOperation> selected = ALL.stream()
                .filter(operation -> operations.isEmpty() || operations.contains(operation.name()))
                .filter(operation -> variants.isEmpty() || variants.contains(operation.variant()))
                .toList();
        if (selected.isEmpty()) {
            throw new InputException("--ops " + String.join(",", operations) + " has no variant "
                    + String.join(",", variants) + "; leave out --variant to measure all that there are");
        }
        return selected;
    }

    private static void require(String option, List<String> given, List<String> known) {
        for (String name : given) {
            if (!known.contains(name)) {
                throw new InputException(
                        option + ": there is no '" + name + "'; choose from " + String.join(", ", known));
            }
        }
    }
}
