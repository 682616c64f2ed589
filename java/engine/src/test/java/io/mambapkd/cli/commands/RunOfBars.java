package io.mambapkd.cli.commands;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.session.Jobs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Real runs of a second on {@link BarImages}, by the command line, on the CPU. */
public final class RunOfBars {
    private static final List<String> SETTINGS = List.of(
            "validationImages=20",
            "teacher.channels=[4, 8]",
            "teacher.convsPerStage=1",
            "teacher.epochs=4",
            "teacher.batch=16",
            "student.epochs=3",
            "student.images=0",
            "student.copies=2",
            "student.batch=16",
            "students=[" + student("a", "rows") + ", " + student("b", "columns") + ", " + student("c", "rows") + "]");

    private RunOfBars() {}

    private static String student(String name, String cut) {
        return "{name: " + name + ", cut: " + cut
                + ", tokenSize: 4, modelWidth: 4, blocks: 1, stateSize: 4, learningRate: 0.02}";
    }

    /** Arguments of {@code distill} on a dataset; a command line may add more. */
    public static List<String> distill(Path data, Path out, String... more) {
        List<String> args =
                new ArrayList<>(List.of("distill", "--device", "cpu", "--threads", "1", "--dataset", "idx:" + data));
        if (out != null) {
            args.addAll(List.of("--out", out.toString()));
        }
        for (String setting : SETTINGS) {
            args.addAll(List.of("--set", setting));
        }
        args.addAll(List.of(more));
        return args;
    }

    public static CommandRun command(Path folder, List<String> args) {
        return CommandRun.of(Jobs.REAL, folder.resolve("runs"), args.toArray(String[]::new));
    }

    public static CommandRun command(Path folder, String... args) {
        return command(folder, List.of(args));
    }

    /** A copy of a run folder. */
    public static Path copy(Path run, Path to) throws IOException {
        PathUtils.copyDirectory(run, to);
        return to;
    }

    /** Takes the metadata out of the checkpoints of a run, as if another program had saved them. */
    static void forget(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
            for (Path file : files.toList()) {
                prefix(file, "");
            }
        }
    }

    /** Puts a prefix before the names of all tensors of a checkpoint, and takes its metadata out. */
    public static void prefix(Path file, String prefix) throws IOException {
        byte[] content = Files.readAllBytes(file);
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) bytes.getLong();
        ObjectNode tensors = JsonMapper.shared().createObjectNode();
        JsonMapper.shared()
                .readTree(new String(content, Long.BYTES, length, StandardCharsets.UTF_8))
                .properties()
                .stream()
                .filter(entry -> !entry.getKey().equals("__metadata__"))
                .forEach(entry -> tensors.set(prefix + entry.getKey(), entry.getValue()));
        byte[] header = tensors.toString().getBytes(StandardCharsets.UTF_8);
        // Blanks in place of the metadata leave the tensors where they are.
        bytes.put(header).put(" ".repeat(length - header.length).getBytes(StandardCharsets.UTF_8));
        Files.write(file, content);
    }

    public static void exchange(Path a, Path b) throws IOException {
        Path between = a.resolveSibling("between");
        Files.move(a, between);
        Files.move(b, a);
        Files.move(between, b);
    }
}
