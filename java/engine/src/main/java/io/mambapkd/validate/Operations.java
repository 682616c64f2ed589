package io.mambapkd.validate;

import io.mambapkd.InputException;
import io.mambapkd.validate.golden.GoldenRunners;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Everything that is compared. */
public final class Operations {
    private static final List<Operation> ALL = Stream.of(
                    SequenceOperations.all(),
                    EmbeddingOperations.all(),
                    ProjectionOperations.all(),
                    MixingOperations.all(),
                    VisionOperations.all(),
                    PipelineOperations.all(),
                    TrainingOperations.all(),
                    HeadOperations.all(),
                    ConvProjectionOperations.all(),
                    StepOperations.all())
            .flatMap(List::stream)
            .toList();

    private Operations() {}

    /** Names of all, in the order in which they are compared. */
    public static List<String> names() {
        return ALL.stream().map(Operation::name).toList();
    }

    /**
     * The operations of those names, in their own order; all for an empty list. Names of operations of reference vectors select none.
     *
     * @throws InputException if a name is unknown
     */
    static List<Operation> named(List<String> names) {
        List<String> unknown = new ArrayList<>(names);
        unknown.removeAll(names());
        unknown.removeAll(GoldenRunners.names());
        if (!unknown.isEmpty()) {
            throw new InputException("--ops: there is no operation '" + unknown.get(0) + "'; choose from "
                    + Stream.concat(names().stream(), GoldenRunners.names().stream())
                            .collect(Collectors.joining(", ")));
        }
        return ALL.stream()
                .filter(operation -> names.isEmpty() || names.contains(operation.name()))
                .toList();
    }
}
