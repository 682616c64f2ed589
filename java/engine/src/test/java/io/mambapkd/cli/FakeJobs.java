package io.mambapkd.cli;

import io.mambapkd.cli.session.Jobs;
import io.mambapkd.results.RunSummary;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Remembers what it was asked to do, does what a test says, and reports fixed results. */
public class FakeJobs implements Jobs {
    @Nullable
    public RunContext context;

    @Nullable
    Extent extent;

    private final Consumer<RunListener> work;

    public FakeJobs() {
        this(listener -> listener.note("working"));
    }

    public FakeJobs(Consumer<RunListener> work) {
        this.work = work;
    }

    /** What it was last asked to work on. */
    public RunContext asked() {
        return Objects.requireNonNull(context);
    }

    @Override
    public RunSummary distill(RunContext given, Extent askedExtent) {
        extent = askedExtent;
        return evaluate(given);
    }

    @Override
    public RunSummary evaluate(RunContext given) {
        context = given;
        work.accept(given.listener());
        return summary();
    }

    /** A safetensors file without tensors: there, and nothing more, which is enough where the work is not real. */
    public static void writeEmptyTeacher(Path run) throws IOException {
        byte[] file = ByteBuffer.allocate(10)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(2)
                .put("{}".getBytes(StandardCharsets.US_ASCII))
                .array();
        Files.write(run.resolve("checkpoints/teacher.safetensors"), file);
    }

    @Override
    public byte[] report(RunContext given) {
        evaluate(given);
        return "<!doctype html>".getBytes(StandardCharsets.UTF_8);
    }

    static RunSummary summary() {
        return new RunSummary(
                RunSummary.FORMAT_VERSION,
                "mnist",
                "cpu",
                "2 threads",
                0,
                2,
                50_000,
                0,
                10_000,
                10_000,
                new RunSummary.Teacher(72_666, 14_677_760, 0.9957, 0.9958),
                List.of(
                        new RunSummary.Student(
                                "rows4-d4", 1042, 13_086, 0.00089, 0.5, 0.9294, 0.9269, 0.00089, 0.9294, 0.9269),
                        new RunSummary.Student(
                                "cols4-d8", 2266, 28_850, 0.00197, 0.5, 0.9456, 0.9442, 0.00286, 0.9675, 0.9658)),
                List.of(
                        new RunSummary.EarlyExitRow(0.8, 0.0009, 0.96, 0.00101, 0.9511, List.of(0.9, 0.1)),
                        new RunSummary.EarlyExitRow(0.9, 0.0011, 0.965, 0.00123, 0.9622, List.of(0.8, 0.2))),
                0.9,
                List.of(new RunSummary.Control(
                        "single-student", "one of the group's cost", 2500, 0.0029, 0.966, 0.9633, 12)),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                RunSummary.PerClass.of(List.of(), List.of(), List.of()),
                new RunSummary.Timing(123.4, 80, 20, List.of(5.0, 6.0), 3, 1000, List.of(9000.0, 8000.0)),
                List.of(),
                null,
                null);
    }
}
