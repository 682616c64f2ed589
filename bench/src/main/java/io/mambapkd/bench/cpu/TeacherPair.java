package io.mambapkd.bench.cpu;

import io.mambapkd.bench.cpu.Equivalence.FirstSteps;
import io.mambapkd.bench.cpu.Equivalence.Tolerance;
import io.mambapkd.bench.result.Machine;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Measures a teacher in both engines.
 *
 * @param backend ours
 * @param patches ours, with convolutions as products of patches
 * @param peer the other
 * @param alternation how they are timed
 */
record TeacherPair(Backend backend, Backend patches, StepPeer peer, Alternation alternation) {
    /** The peer's faster way, with what is known of it. */
    private record Chosen(StepSubject subject, StepPeer.Layout layout, double otherTime, double largestDifference) {}

    CpuTeachersResult.Row measure(TeacherCase teacher, Precision precision) {
        double load = Machine.current().load();
        TeacherSpec spec = teacher.spec(precision);
        Workload workload = teacher.workload();
        Tolerance tolerance = precision == Precision.F32 ? Tolerance.F32 : Tolerance.BF16;
        boolean withPatches = precision == Precision.F32 && teacher.withPatches();
        Classifier model = OurModels.teacher(backend, spec, workload);
        long parameters = model.parameters().count();
        try (OurSubject ours = new OurSubject(backend, model, workload)) {
            List<Weight> weights = ours.weights();
            FirstSteps first = FirstSteps.of(ours, Equivalence.STEPS);
            Chosen chosen = choose(spec, workload, weights, first, tolerance);
            try (StepSubject theirs = chosen.subject()) {
                List<StepSubject> subjects = new ArrayList<>(List.of(ours, theirs));
                try (StepSubject products = withPatches ? patches(spec, workload, first) : null) {
                    if (products != null) {
                        subjects.add(products);
                    }
                    List<Samples> samples = alternation.run(subjects).stream()
                            .map(timing -> timing.throughput(workload.batch()))
                            .toList();
                    return new CpuTeachersResult.Row(
                            teacher.title(),
                            workload.image().toString(),
                            precision.name().toLowerCase(Locale.ROOT),
                            workload.batch(),
                            parameters,
                            chosen.largestDifference(),
                            load,
                            words(chosen.layout()),
                            chosen.otherTime(),
                            samples.get(0),
                            samples.subList(2, samples.size()),
                            samples.get(1));
                }
            }
        }
    }

    private static String words(StepPeer.Layout layout) {
        return layout.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Compares the peer in each layout, and keeps the faster. */
    private Chosen choose(
            TeacherSpec spec, Workload workload, List<Weight> weights, FirstSteps ours, Tolerance tolerance) {
        StepSubject best = null;
        StepPeer.Layout bestLayout = StepPeer.Layout.CHANNELS_FIRST;
        long fastest = Long.MAX_VALUE;
        long slowest = 0;
        double largest = 0;
        for (StepPeer.Layout layout : StepPeer.Layout.values()) {
            StepSubject subject = peer.teacher(spec, layout, workload, weights);
            FirstSteps theirs = FirstSteps.of(subject, Equivalence.STEPS);
            largest = Math.max(largest, Equivalence.require(ours, theirs, tolerance));
            slowest = Math.max(slowest, theirs.fastestNanos());
            StepSubject slower = subject;
            if (theirs.fastestNanos() < fastest) {
                fastest = theirs.fastestNanos();
                bestLayout = layout;
                slower = best;
                best = subject;
            }
            if (slower != null) {
                slower.close();
            }
        }
        return new Chosen(Objects.requireNonNull(best), bestLayout, (double) slowest / fastest, largest);
    }

    /** Our step as it was before oneDNN; it computes the same. */
    private OurSubject patches(TeacherSpec spec, Workload workload, FirstSteps ours) {
        OurSubject subject = new OurSubject(patches, OurModels.teacher(patches, spec, workload), workload);
        Equivalence.require(ours, FirstSteps.of(subject, 2), Tolerance.F32);
        return subject;
    }
}
