package io.mambapkd.bench;

import java.util.ArrayList;
import java.util.List;

/** Commands of bench on a run of seconds: few images, narrow teacher, one epoch. */
public final class SmallBench {
    private static final List<String> SMALL = List.of(
            "--device=cpu",
            "--threads=2",
            "--preset=mnist-demo",
            "--commit=abc",
            "--set=validationImages=100",
            "--set=testImages=50",
            "--set=teacher.channels=[4, 8]",
            "--set=teacher.images=64",
            "--set=teacher.batch=32",
            "--set=teacher.epochs=1",
            "--set=student.images=64",
            "--set=student.batch=32",
            "--set=student.copies=2",
            "--set=student.epochs=1");

    private final String command;
    private final BenchRun bench = new BenchRun();

    public SmallBench(String command) {
        this.command = command;
    }

    /** Returns the exit code; {@code more} goes over the small settings. */
    public int run(String... more) {
        List<String> arguments = new ArrayList<>();
        arguments.add(command);
        arguments.addAll(SMALL);
        arguments.addAll(List.of(more));
        return bench.run(arguments.toArray(new String[0]));
    }

    public String output() {
        return bench.output();
    }

    public String errors() {
        return bench.errors();
    }
}
