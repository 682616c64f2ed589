package io.mambapkd.bench.kernels;

import io.mambapkd.bench.model.PlannedOperation;
import io.mambapkd.bench.model.PlannedWork;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.ListedWork;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The launches of every operation at every named size, listed by the emulated driver without doing them. */
public final class PlannedOperations {
    /** As large as any size needs; nothing is stored there. */
    private static final long MEMORY = 1L << 40;

    private PlannedOperations() {}

    /** All of them, in the order of {@code bench kernels}. */
    public static List<PlannedOperation> all() {
        List<PlannedOperation> planned = new ArrayList<>();
        try (Backend backend = EmulatedDriver.openPacked(Steps.EAGER)) {
            long memory = EmulatedDriver.memoryLimit();
            EmulatedDriver.limitMemory(MEMORY);
            ListedWork.start(ListedWork.Mode.LISTED_INSTEAD_OF_DONE);
            try {
                list(backend, planned);
            } finally {
                ListedWork.start(ListedWork.Mode.NOT_LISTED);
                EmulatedDriver.limitMemory(memory);
            }
        }
        return planned;
    }

    private static void list(Backend backend, List<PlannedOperation> planned) {
        for (KernelOperation operation : KernelOperations.selected(List.of(), List.of())) {
            for (KernelShape shape : KernelShape.NAMED) {
                if (shape.kind() == operation.kind()) {
                    operation.types().stream()
                            .filter(type -> operation.offer().has(backend, shape, type))
                            .forEach(type -> planned.add(planned(operation, shape, type, backend)));
                }
            }
        }
    }

    private static PlannedOperation planned(KernelOperation operation, KernelShape shape, DType type, Backend backend) {
        try (KernelTensors tensors =
                new KernelTensors(backend, shape, type, KernelCheck.block(shape), KernelCheck.SEED)) {
            Runnable launch = operation.declaration().declare(tensors, backend);
            tensors.reserve();
            ListedWork.take();
            launch.run();
            return new PlannedOperation(
                    operation.name(),
                    operation.variant(),
                    type.name().toLowerCase(Locale.ROOT),
                    shape.name(),
                    shape.description(),
                    tensors.work().bytes(),
                    tensors.work().flops(),
                    works(ListedWork.take()));
        }
    }

    /** Listed work, with equal launches together where the first of them is. */
    public static List<PlannedWork> works(List<ListedWork> listed) {
        List<PlannedWork> works = new ArrayList<>();
        for (ListedWork work : listed) {
            PlannedWork one = new PlannedWork(
                    work.kind(),
                    work.name(),
                    work.blocks(),
                    work.threads(),
                    work.sharedBytes(),
                    work.bytes(),
                    1,
                    PlannedWork.arguments(work.arguments()));
            int same = -1;
            for (int i = 0; i < works.size() && same < 0; i++) {
                same = works.get(i).times(1).equals(one) ? i : -1;
            }
            if (same < 0) {
                works.add(one);
            } else {
                works.set(same, one.times(works.get(same).launches() + 1));
            }
        }
        return works;
    }
}
