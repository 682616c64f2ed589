package io.mambapkd.runtime;

import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.exit.RegretPredictor;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.runtime.model.StudentDescription;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A chain of three small students with random parameters, written as a run folder. */
public final class TinyModel {
    static final int HEIGHT = 6;
    static final int WIDTH = 5;
    static final int CLASSES = 4;
    private static final List<String> NAMES = List.of("ant", "bee", "cat", "dög");

    private TinyModel() {}

    /** Writes the folder with two certificates. */
    static Path write(Path folder) throws IOException {
        return write(
                folder,
                List.of(certificate(0.2, ExitRule.Kind.REGRET, 0.14), certificate(1, ExitRule.Kind.CONFIDENCE, 0.6)));
    }

    static Path write(Path folder, List<Certificate> certificates) throws IOException {
        Files.createDirectories(folder.resolve("checkpoints"));
        List<ChainDescription.Member> members = new ArrayList<>();
        for (StudentDescription student : students()) {
            String file = "checkpoints/" + student.name() + ".safetensors";
            byte[] bytes = safetensors(tensors(student));
            Files.write(folder.resolve(file), bytes);
            members.add(new ChainDescription.Member(
                    student, file, sha256(bytes), 1000L * (members.size() + 1), 0.5, members.isEmpty() ? 1 : 0.5));
        }
        Files.writeString(
                folder.resolve("model.json"), description(members, certificates).json());
        return folder;
    }

    static ChainDescription description(List<ChainDescription.Member> members, List<Certificate> certificates) {
        return new ChainDescription(
                HEIGHT,
                WIDTH,
                1,
                ChainDescription.Orientation.NORMAL,
                NAMES,
                List.of(0.25f),
                List.of(0.5f),
                100_000,
                members,
                new ExitRule(ExitRule.Kind.CONFIDENCE, 0.7),
                List.of(
                        new RegretPredictor(new double[] {-2, -0.5, 0.1, 0.2, 0.3}),
                        new RegretPredictor(new double[] {-3, -0.5, 0.1, 0.2, 0.3, -0.4, 0.1, -0.2})),
                certificates);
    }

    static Certificate certificate(double drop, ExitRule.Kind kind, double threshold) {
        return new Certificate(drop, 0.95, new ExitRule(kind, threshold), 6000);
    }

    public static List<StudentDescription> students() {
        return List.of(
                student("rows", List.of(), StudentDescription.Cut.ROWS, StudentDescription.Reuse.NONE),
                student("columns", List.of(), StudentDescription.Cut.COLUMNS, StudentDescription.Reuse.NONE),
                student(
                        "patches",
                        List.of(new StudentDescription.Convolution(3, 1)),
                        StudentDescription.Cut.PATCHES,
                        StudentDescription.Reuse.LOGITS));
    }

    private static StudentDescription student(
            String name,
            List<StudentDescription.Convolution> stem,
            StudentDescription.Cut cut,
            StudentDescription.Reuse reuse) {
        return new StudentDescription(
                name,
                stem,
                cut,
                2,
                StudentDescription.Position.TOKEN,
                StudentDescription.Order.ALTERNATING,
                4,
                2,
                3,
                4,
                2,
                StudentDescription.ReadOut.FLAT,
                StudentDescription.Mixer.SCAN,
                StudentDescription.Direction.FORWARD,
                reuse);
    }

    /** Shapes of the tensors of one of {@link #students}. */
    static Map<String, int[]> tensors(StudentDescription student) {
        int tokens = student.cut() == StudentDescription.Cut.PATCHES ? 9 : 3;
        int elements = switch (student.cut()) {
            case ROWS -> 2 * WIDTH;
            case COLUMNS -> 2 * HEIGHT;
            case PATCHES -> 4 * 3;
        };
        Map<String, int[]> shapes = new LinkedHashMap<>();
        if (!student.stem().isEmpty()) {
            shapes.put("stem.0.conv.weight", new int[] {3, 1, 3, 3});
            for (String name : List.of("weight", "bias", "running_mean", "running_var")) {
                shapes.put("stem.0.bn." + name, new int[] {3});
            }
        }
        shapes.put("embed.weight", new int[] {4, elements});
        shapes.put("embed.bias", new int[] {4});
        shapes.put("pos_embed", new int[] {tokens, 4});
        for (int block = 0; block < 2; block++) {
            String mixer = "layers." + block + ".mixer.";
            shapes.put("layers." + block + ".norm.weight", new int[] {4});
            shapes.put(mixer + "in_proj.weight", new int[] {16, 4});
            shapes.put(mixer + "conv1d.weight", new int[] {8, 1, 4});
            shapes.put(mixer + "conv1d.bias", new int[] {8});
            shapes.put(mixer + "x_proj.weight", new int[] {7, 8});
            shapes.put(mixer + "dt_proj.weight", new int[] {8, 1});
            shapes.put(mixer + "dt_proj.bias", new int[] {8});
            shapes.put(mixer + "A_log", new int[] {8, 3});
            shapes.put(mixer + "D", new int[] {8});
            shapes.put(mixer + "out_proj.weight", new int[] {4, 8});
        }
        shapes.put("norm_f.weight", new int[] {4});
        shapes.put("head.weight", new int[] {CLASSES, tokens * 4});
        shapes.put("head.bias", new int[] {CLASSES});
        if (student.reuse() == StudentDescription.Reuse.LOGITS) {
            shapes.put("reuse.weight", new int[] {CLASSES, CLASSES});
        }
        return shapes;
    }

    /** A file with random tensors of these shapes. */
    public static byte[] safetensors(Map<String, int[]> shapes) {
        Random random = new Random(shapes.size());
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"model\":\"test\"}");
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        shapes.forEach((name, shape) -> {
            int count = 1;
            StringBuilder extents = new StringBuilder();
            for (int extent : shape) {
                count *= extent;
                extents.append(extents.isEmpty() ? "" : ",").append(extent);
            }
            header.append(String.format(
                    ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}",
                    name, extents, data.size(), data.size() + 4 * count));
            ByteBuffer values = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < count; i++) {
                values.putFloat(name.endsWith("var") ? 0.5f + random.nextFloat() : 2.5f * random.nextFloat() - 1.25f);
            }
            data.writeBytes(values.array());
        });
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.toByteArray())
                .array();
    }

    static byte[] image(int seed) {
        byte[] pixels = new byte[HEIGHT * WIDTH];
        new Random(seed).nextBytes(pixels);
        return pixels;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
