package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.session.OutOfMemory;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.DatasetExtents;
import io.mambapkd.doctor.MachineMemory;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.plan.DataSize;
import io.mambapkd.train.plan.DiskCheck;
import io.mambapkd.train.plan.MemoryCheck;
import io.mambapkd.train.plan.MemoryNeed;
import io.mambapkd.train.plan.Preflight;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.Precisions;
import io.mambapkd.train.settings.RunSpec;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** Everything that can be found before a run starts, in the order in which it costs. */
final class RunChecks {
    private RunChecks() {}

    /**
     * What was found of a run that can start.
     *
     * @param dataset opened
     * @param notes for the user, each a sentence
     * @param memory that it needs
     * @param diskBytes of the files that it will leave
     */
    record Passed(Dataset dataset, List<String> notes, MemoryNeed memory, long diskBytes) {}

    /**
     * Checks all of a run that trains.
     *
     * @param dataset its data, opened
     * @throws InputException if it cannot run here
     */
    static Passed training(RunSpec spec, Dataset dataset, Extent extent, Machine machine) {
        List<String> notes = Preflight.training(spec, dataset, extent);
        Precisions.require(spec, machine.backend());
        DataSize data = DataSize.of(dataset);
        MemoryNeed memory = MemoryCheck.training(spec, data, extent, machine.backend(), machine.threads(), limits());
        return new Passed(dataset, notes, memory, DiskCheck.bytes(spec, data, extent));
    }

    /** The data of a run, or what to say where they are too many for the heap. */
    static Dataset open(RunSpec spec, Extent extent, Machine machine, PrintWriter err, StopSignal stop) {
        try {
            return OpenedData.open(spec, machine.threads(), err, stop::stopIfAsked);
        } catch (OutOfMemoryError tooMany) {
            Optional<DatasetExtents> extents = DatasetExtents.read(spec.dataset());
            if (extents.isEmpty()) {
                throw new InputException(OutOfMemory.problem(), tooMany);
            }
            DatasetExtents files = extents.get();
            int validation = Math.min(spec.validationImages().ofTotal(files.training()), files.training() - 1);
            int left = files.training() - validation;
            int calibration = Math.min(spec.calibrationImages().ofTotal(files.training()), left - 1);
            DataSize data = new DataSize(
                    left - calibration, calibration, validation, files.test(), files.image(), files.classes());
            throw new InputException(
                    MemoryCheck.opening(spec, data, extent, machine.backend(), machine.threads(), limits()), tooMany);
        }
    }

    /**
     * Checks a finished run that is evaluated again.
     *
     * @throws InputException if that cannot be on these data here
     */
    static void evaluation(RunSpec spec, Dataset dataset, Machine machine, RunParts parts) {
        // A run of the teacher alone has settings of students, which need not fit.
        Extent extent = parts.students() > 0 ? Extent.GROUP : Extent.TEACHER_ONLY;
        Preflight.evaluation(spec, dataset, extent);
        MemoryCheck.evaluation(spec, DataSize.of(dataset), extent, machine.backend(), machine.threads(), limits());
    }

    static MemoryCheck.Limits limits() {
        return new MemoryCheck.Limits(Runtime.getRuntime().maxMemory(), MachineMemory.bytes());
    }
}
