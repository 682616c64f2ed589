package io.mambapkd.train.plan;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Setting;
import io.mambapkd.ops.Backend;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Whether a run has the memory that it needs, asked before it starts; and what would have to change where it has not. */
public final class MemoryCheck {
    private static final int MEBIBYTE_BITS = 20;
    /** The parallel collector gives the old generation two thirds of the heap, and what is large, as a model's one array is, lies there. */
    private static final double OPTION_OVER_USABLE = 1.5;

    private static final int SMALLEST_BATCH = 8;

    /**
     * What there is.
     *
     * @param heapBytes that Java may use
     * @param hostBytes of the machine or container; empty where it does not say
     */
    public record Limits(long heapBytes, OptionalLong hostBytes) {}

    private final boolean caches;
    private final Function<RunSpec, Optional<MemoryNeed>> plan;
    private final int training;
    private final OptionalLong device;
    private final Limits limits;

    /**
     * @param caches whether copies of images are cached
     * @param plan counts
     */
    private MemoryCheck(
            boolean caches,
            Function<RunSpec, Optional<MemoryNeed>> plan,
            DataSize data,
            Backend backend,
            Limits limits) {
        this.caches = caches;
        this.plan = plan;
        this.training = data.training();
        this.device = backend.freeDeviceBytes();
        this.limits = limits;
    }

    /**
     * Checks a run that trains.
     *
     * @return what it needs
     * @throws InputException if that is more than there is
     */
    public static MemoryNeed training(
            RunSpec spec, DataSize data, Extent extent, Backend backend, int threads, Limits limits) {
        return new MemoryCheck(
                        extent != Extent.TEACHER_ONLY,
                        changed -> MemoryPlan.training(changed, data, extent, backend, threads),
                        data,
                        backend,
                        limits)
                .required(spec);
    }

    /**
     * What to say of a run whose data did not fit into the heap.
     *
     * @param data by the headers of their files
     */
    public static Problem opening(
            RunSpec spec, DataSize data, Extent extent, Backend backend, int threads, Limits limits) {
        MemoryCheck check = new MemoryCheck(
                extent != Extent.TEACHER_ONLY,
                changed -> MemoryPlan.opening(changed, data, extent, backend, threads),
                data,
                backend,
                limits);
        return check.plan
                .apply(spec)
                .map(need -> {
                    // Whatever was counted, it is more than there is.
                    long heap = Math.max(need.heapBytes(), limits.heapBytes() + limits.heapBytes() / 4);
                    return check.heap(heap, need.stage(), "");
                })
                .orElseGet(() -> check.uncountable(spec));
    }

    /**
     * Checks the evaluation of a finished run.
     *
     * @param extent how far it went
     * @throws InputException if it needs more than there is
     */
    public static void evaluation(
            RunSpec spec, DataSize data, Extent extent, Backend backend, int threads, Limits limits) {
        new MemoryCheck(
                        false,
                        changed -> MemoryPlan.evaluation(changed, data, extent, backend, threads),
                        data,
                        backend,
                        limits)
                .required(spec);
    }

    private MemoryNeed required(RunSpec spec) {
        MemoryNeed need = plan.apply(spec).orElseThrow(() -> new InputException(uncountable(spec)));
        lack(need, spec).ifPresent(problem -> {
            throw new InputException(problem);
        });
        return need;
    }

    private Problem uncountable(RunSpec spec) {
        return new Problem("this run has tensors of more than " + Integer.MAX_VALUE + " values", remedy(spec));
    }

    private boolean fits(RunSpec spec) {
        return plan.apply(spec).filter(this::fits).isPresent();
    }

    private boolean fits(MemoryNeed need) {
        return need.deviceBytes() <= device.orElse(Long.MAX_VALUE)
                && need.heapBytes() <= limits.heapBytes()
                && need.heapBytes() + need.nativeBytes() <= limits.hostBytes().orElse(Long.MAX_VALUE);
    }

    private Optional<Problem> lack(MemoryNeed need, RunSpec spec) {
        if (fits(need)) {
            return Optional.empty();
        }
        long free = device.orElse(Long.MAX_VALUE);
        if (need.deviceBytes() > free) {
            return Optional.of(new Problem(
                    "this run needs at least " + mebibytes(need.deviceBytes()) + " of device memory, for "
                            + need.deviceStage() + ", of which " + floor(free) + " are free",
                    remedy(spec)));
        }
        long host = need.heapBytes() + need.nativeBytes();
        long machine = limits.hostBytes().orElse(Long.MAX_VALUE);
        if (host > machine) {
            return Optional.of(new Problem(
                    "this run needs about " + mebibytes(host) + " of memory, " + mebibytes(need.heapBytes())
                            + " of them for Java's heap, for " + need.stage() + ", but this machine or container has "
                            + floor(machine),
                    remedy(spec)));
        }
        return Optional.of(heap(need.heapBytes(), need.stage(), settings(spec)));
    }

    /** @param less settings that need less, or empty */
    private Problem heap(long needed, String stage, String less) {
        String more = "allow more with MAMBA_PKD_OPTS='" + options(needed) + "'";
        return new Problem(
                "this run needs about " + mebibytes(needed) + " of Java memory, for " + stage + ", of which "
                        + floor(limits.heapBytes()) + " may be used",
                less.isEmpty() ? more : more + ", or use " + less);
    }

    /** Options of the virtual machine that give a heap of so many bytes. */
    public static String options(long heapBytes) {
        long hundreds = (long) Math.ceil(OPTION_OVER_USABLE * heapBytes / (100L << MEBIBYTE_BITS));
        return "-Xmx" + 100 * hundreds + "m -XX:+UseParallelGC";
    }

    private String remedy(RunSpec spec) {
        String settings = settings(spec);
        return settings.isEmpty() ? "use a smaller model, smaller batches, or fewer images" : "use " + settings;
    }

    /** The smallest change of one setting, or of both batches, that makes the run fit; empty where none is known. */
    private String settings(RunSpec spec) {
        List<List<String>> found = new ArrayList<>();
        if (caches) {
            largest(spec, spec.student().copies() - 1, copies -> List.of("student.copies=" + copies))
                    .ifPresent(found::add);
        }
        if (found.isEmpty()) {
            batches(spec).ifPresent(found::add);
        }
        if (found.isEmpty() && caches) {
            int used = spec.student().images() == 0
                    ? training
                    : Math.min(spec.student().images(), training);
            largest(spec, used - 1, images -> List.of("student.copies=1", "student.images=" + images))
                    .ifPresent(found::add);
        }
        return found.isEmpty() ? "" : "--set " + String.join(" --set ", found.get(0));
    }

    /** Halves the batches until the run fits: that of the teacher, that of the students, or both. */
    private Optional<List<String>> batches(RunSpec spec) {
        for (int half = 1; half < 14; half++) {
            int teacher = Math.max(SMALLEST_BATCH, spec.teacher().batch() >> half);
            int student = Math.max(SMALLEST_BATCH, spec.student().batch() >> half);
            List<List<String>> changes = new ArrayList<>();
            if (teacher < spec.teacher().batch()) {
                changes.add(List.of("teacher.batch=" + teacher));
            }
            if (student < spec.student().batch()) {
                changes.add(List.of("student.batch=" + student));
                changes.add(List.of("teacher.batch=" + teacher, "student.batch=" + student));
            }
            for (List<String> change : changes) {
                if (fits(changed(spec, change))) {
                    return Optional.of(change);
                }
            }
        }
        return Optional.empty();
    }

    /** The largest value from 1 to {@code most} with which the run fits; less never needs more memory. */
    private Optional<List<String>> largest(RunSpec spec, int most, IntFunction<List<String>> change) {
        int fitting = 0;
        int tooMuch = most + 1;
        while (tooMuch - fitting > 1) {
            int middle = fitting + (tooMuch - fitting) / 2;
            if (fits(changed(spec, change.apply(middle)))) {
                fitting = middle;
            } else {
                tooMuch = middle;
            }
        }
        return fitting < 1 ? Optional.empty() : Optional.of(change.apply(fitting));
    }

    private static RunSpec changed(RunSpec spec, List<String> assignments) {
        return RunSpecYaml.changed(
                spec,
                assignments.stream()
                        .map(assignment -> Setting.parse("--set", assignment))
                        .toList());
    }

    /** {@code 1,900 MiB}, rounded up. */
    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", (bytes + (1 << MEBIBYTE_BITS) - 1) >> MEBIBYTE_BITS);
    }

    /** {@code 1,244 MiB}, rounded down. */
    static String floor(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", bytes >> MEBIBYTE_BITS);
    }
}
