package io.mambapkd.train.run;

import io.mambapkd.ChildJava;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.storage.HaltingDisk;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.run.DistillRun.Extent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A short distillation with a save before each step, in a process that may be killed. */
final class KilledRun {
    /** Printed once the run is about to begin. */
    static final String BEGINS = "begins";

    private KilledRun() {}

    /**
     * A process that runs it.
     *
     * @param diskCall at which it dies by itself; negative for never
     */
    static Process start(Path run, int diskCall) throws IOException {
        List<String> command = ChildJava.command(List.of(), KilledRun.class.getName());
        command.addAll(List.of(run.toString(), Integer.toString(diskCall)));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    public static void main(String[] args) {
        Path run = Path.of(args[0]);
        int diskCall = Integer.parseInt(args[1]);
        Path saves = run.resolve("saves");
        SaveFolder folder = diskCall < 0 ? new SaveFolder(saves) : HaltingDisk.saves(saves, diskCall);
        System.out.println(BEGINS);
        new SmallRun()
                .savedRun(
                        ResumedRunTest.SPEC,
                        ResumedRunTest.DATA,
                        run,
                        folder,
                        new CpuBackend(1),
                        Extent.GROUP,
                        Duration.ZERO);
    }
}
