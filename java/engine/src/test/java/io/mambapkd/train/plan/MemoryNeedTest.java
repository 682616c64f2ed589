package io.mambapkd.train.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.InputException;
import io.mambapkd.cli.Main;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.report.HtmlReport;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.plan.MemoryCheck.Limits;
import io.mambapkd.train.run.DistillRun;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.run.SmallRun;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The estimate of the heap against whole runs in processes that have just enough of it, and too little. */
@Tag("process")
@Tag("run")
@Timeout(180)
final class MemoryNeedTest {
    /** A teacher whose weights and partial sums take most, and one small student. */
    private static final List<String> WIDE = List.of(
            "validationImages=20",
            "teacher.channels=[192,256]",
            "teacher.convsPerStage=1",
            "teacher.batch=24",
            "teacher.epochs=1",
            "student.epochs=1",
            "student.batch=24",
            "student.images=0",
            "student.copies=2",
            "students=[{name: s, cut: rows, tokenSize: 4, modelWidth: 4, blocks: 1, stateSize: 2, learningRate: 0.02}]");

    private static final int TRAINING = 68;
    private static final int SIDE = 16;
    private static final RunSpec SPEC = Data.spec(WIDE.toArray(String[]::new));
    private static final DataSize DATA = new DataSize(TRAINING - 20, 0, 20, 10, new ImageShape(SIDE, SIDE, 1), 2);

    @TempDir
    private Path folder;

    private record Ended(int status, String output) {}

    /** Black images, which take no room on the disk, and labels 0 and 1. */
    private String dataset(int training, int side) throws IOException {
        for (String part : List.of("train", "t10k")) {
            int count = part.equals("train") ? training : 10;
            try (RandomAccessFile images = new RandomAccessFile(
                    folder.resolve(part + "-images-idx3-ubyte").toFile(), "rw")) {
                images.writeInt(0x803);
                images.writeInt(count);
                images.writeInt(side);
                images.writeInt(side);
                images.write(255);
                images.setLength(16 + (long) count * side * side);
            }
            try (RandomAccessFile labels = new RandomAccessFile(
                    folder.resolve(part + "-labels-idx1-ubyte").toFile(), "rw")) {
                labels.writeInt(0x801);
                labels.writeInt(count);
                labels.write(1);
                labels.setLength(8L + count);
            }
        }
        return "idx:" + folder;
    }

    private Ended run(String heap, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = ChildJava.command(List.of(heap), Main.class.getName());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private static List<String> arguments(String dataset, Path out) {
        List<String> arguments = new ArrayList<>(
                List.of("distill", "--device", "cpu", "--threads", "2", "--dataset", dataset, "--out", out.toString()));
        WIDE.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return arguments;
    }

    private static long need() {
        try (CpuBackend backend = new CpuBackend(2)) {
            Limits plenty = new Limits(Long.MAX_VALUE, OptionalLong.empty());
            return MemoryCheck.training(SPEC, DATA, Extent.GROUP, backend, 2, plenty)
                    .heapBytes();
        }
    }

    @Test
    void aRunHasEnoughWithWhatItIsSaidToNeedAndIsRefusedWithLess() throws Exception {
        long need = need();
        String dataset = dataset(TRAINING, SIDE);

        long less = (need >> 20) * 3 / 4;
        Ended refused = run("-Xmx" + less + "m", arguments(dataset, folder.resolve("a")));
        assertThat(refused.status()).as(refused.output()).isEqualTo(2);
        assertThat(refused.output())
                .contains("mamba-pkd: this run needs about ")
                .doesNotContain("\tat ");
        assertThat(folder.resolve("a")).doesNotExist();

        // The option that the sentence names, on the collector of this process, which leaves more of it.
        String option = refused.output().replaceAll("(?s).*(-Xmx[0-9]+m).*", "$1");
        Ended done = run(option, arguments(dataset, folder.resolve("b")));
        assertThat(done.status()).as(done.output()).isZero();
        try (Stream<Path> files = Files.walk(folder.resolve("b"))) {
            long written = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            assertThat(DiskCheck.bytes(SPEC, DATA, Extent.GROUP)).isBetween(written, written + (4L << 20));
        }
    }

    @Test
    void moreImagesThanTheHeapHoldsAreRefusedWithTheNumber() throws Exception {
        // 47 MB, which are read whole and then divided.
        String dataset = dataset(60_000, 28);
        Ended ended = run(
                "-Xmx64m",
                List.of(
                        "distill",
                        "--device",
                        "cpu",
                        "--dataset",
                        dataset,
                        "--out",
                        folder.resolve("run").toString()));
        assertThat(ended.status()).as(ended.output()).isEqualTo(2);
        assertThat(ended.output())
                .containsPattern(
                        "mamba-pkd: this run needs about [0-9]+ MiB of Java memory, for .+, of which [0-9]+ MiB may"
                                + " be used; allow more with MAMBA_PKD_OPTS='-Xmx[0-9]+m -XX:.UseParallelGC'")
                .doesNotContain("\tat ", "internal error");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    /** Without the check before it, a run in three quarters of what it needs ends in the way that the check foresees. */
    @Test
    void theNeedIsNotMuchMoreThanWhatIsUsed() throws Exception {
        long need = need();
        String dataset = dataset(TRAINING, SIDE);
        List<String> command =
                ChildJava.command(List.of("-Xmx" + (long) (need / 1.3 / (1 << 20)) + "m"), Unchecked.class.getName());
        command.addAll(List.of(dataset, folder.resolve("run").toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(Unchecked.OUT_OF_MEMORY);
    }

    /** The same run without checks. */
    static final class Unchecked {
        static final int OUT_OF_MEMORY = 7;

        private Unchecked() {}

        public static void main(String[] arguments) {
            List<String> settings = new ArrayList<>(WIDE);
            settings.add("dataset='" + arguments[0] + "'");
            RunSpec spec = Data.spec(settings.toArray(String[]::new));
            try (CpuBackend backend = new CpuBackend(2)) {
                Dataset dataset = Datasets.open(spec.data());
                RunFolder folder = RunFolder.create(Path.of(arguments[1]));
                RunParts parts = RunParts.none(RunIdentity.of(spec, DataFingerprint.of(dataset)));
                RunContext context = new RunContext(backend, "", 2, spec, dataset, folder, parts, new SmallRun());
                DistillRun.run(context, Extent.GROUP, HtmlReport::write);
            } catch (InputException | IllegalStateException | OutOfMemoryError failure) {
                for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                    if (cause instanceof OutOfMemoryError) {
                        Runtime.getRuntime().halt(OUT_OF_MEMORY);
                    }
                }
                throw failure;
            }
        }
    }
}
