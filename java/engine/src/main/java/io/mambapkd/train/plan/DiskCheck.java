package io.mambapkd.train.plan;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.GroupSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import io.mambapkd.train.settings.TrainingSteps;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Whether there is room for the files of a run. */
public final class DiskCheck {
    /** Header of a checkpoint, rounded up to what a file system reserves. */
    private static final long HEADER = 16L << 10;
    /** The report, the summary and the settings. */
    private static final long PAGES = 2L << 20;
    /** A line of metrics. */
    private static final long LINE = 400;

    private DiskCheck() {}

    /** Bytes of the files that a run leaves behind. */
    public static long bytes(RunSpec spec, DataSize data, Extent extent) {
        List<Long> checkpoints = new ArrayList<>();
        long lines = TrainingSteps.teacher(spec, data.training()).epochs();
        ModelSize.teacher(spec.teacher().spec(), data.image(), data.classes(), 1, false)
                .ifPresent(teacher -> checkpoints.add(teacher.parameterBytes()));
        if (extent != Extent.TEACHER_ONLY) {
            GroupSettings common = spec.student();
            long epochs = spec.students().stream()
                    .mapToLong(student -> student.epochs(common))
                    .sum();
            for (StudentSpec student : spec.models()) {
                ModelSize.student(student, data.image(), data.classes(), 1, false, ModelSize.Parts.NONE)
                        .ifPresent(size -> checkpoints.add(size.parameterBytes()));
            }
            if (extent == Extent.GROUP_AND_CONTROLS) {
                // Two groups like the first, and two models of about its cost.
                List<Long> group = List.copyOf(checkpoints.subList(1, checkpoints.size()));
                long all = group.stream().mapToLong(Long::longValue).sum();
                checkpoints.addAll(group);
                checkpoints.addAll(group);
                checkpoints.add(all);
                checkpoints.add(checkpoints.get(0));
                StudentSettings last = spec.students().get(spec.students().size() - 1);
                epochs = 3 * epochs + 2L * last.epochs(common);
            }
            lines += epochs;
        }
        return checkpoints.stream().mapToLong(bytes -> bytes + HEADER).sum() + LINE * lines + PAGES;
    }

    /**
     * Checks the room below a folder that need not be there yet.
     *
     * @throws InputException if there is less than {@code bytes}
     */
    public static void require(Path folder, long bytes) {
        Path existing = folder.toAbsolutePath().normalize();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        // Not by its FileStore, which must be in /proc/mounts: there, a container or chroot may lack its root.
        require(
                existing,
                bytes,
                existing.toFile().getTotalSpace(),
                existing.toFile().getUsableSpace());
    }

    /** @param total size of the file system; 0 where it does not say */
    static void require(Path existing, long bytes, long total, long usable) {
        if (total > 0 && usable < bytes) {
            throw new InputException(new Problem(
                    "the files of this run need about " + MemoryCheck.mebibytes(bytes) + ", of which "
                            + MemoryCheck.floor(usable) + " are free in " + existing,
                    "make room, or name a folder elsewhere with --out"));
        }
    }
}
