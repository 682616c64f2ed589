package io.mambapkd.model;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.image.Normalisation;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.Sha256;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A chain of random students with random parameters, in a folder that the runtime loads, and what the engine makes of random images. */
public final class RandomChain {
    public static final int CLASSES = 7;
    static final int IMAGES = 3;
    private static final double[] KEEP = {0, 0.4, 1};
    private static final double[] WEIGHT = {1, 0.6, 0.5};

    private final CounterRandom random;
    private final int number;
    public final ImageShape image;
    private final List<Float> mean;
    private final List<Float> deviation;
    final List<StudentSpec> students = new ArrayList<>();
    private int draws;

    /** @param students number of them; each after the first may read the logits of those before */
    public RandomChain(int number, int students) {
        this.number = number;
        random = new CounterRandom(number, Purpose.TEST_INPUT);
        image = new ImageShape(1 + below(18), 1 + below(18), below(2) == 0 ? 1 : 3);
        mean = IntStream.range(0, image.channels())
                .mapToObj(c -> 0.1f + 0.2f * c)
                .toList();
        deviation = IntStream.range(0, image.channels())
                .mapToObj(c -> 0.3f + 0.1f * c)
                .toList();
        for (int k = 0; k < students; k++) {
            this.students.add(spec(k));
        }
    }

    private int below(int limit) {
        return random.below(0, draws++, 0, limit);
    }

    private <E> E one(E[] values) {
        return values[below(values.length)];
    }

    private StudentSpec spec(int k) {
        int convolutions = below(4);
        List<Integer> channels =
                IntStream.range(0, convolutions).mapToObj(i -> 1 + below(9)).toList();
        List<Integer> strides =
                IntStream.range(0, convolutions).mapToObj(i -> 1 + below(3)).toList();
        StemSpec stem = new StemSpec(channels, strides);
        Cut cut = one(Cut.values());
        PositionEmbedding.Kind positions = one(PositionEmbedding.Kind.values());
        TokenOrder order = one(TokenOrder.values());
        int largest = new Tokenizer(stem, cut, 1, positions, order).largestSize(image);
        Tokenizer tokenizer = new Tokenizer(stem, cut, 1 + below(Math.min(largest, 6)), positions, order);
        return new StudentSpec(
                "student" + k,
                tokenizer,
                1 + below(20),
                1 + below(4),
                1 + below(9),
                1 + below(5),
                1 + below(3),
                one(StudentSpec.ReadOut.values()),
                one(MixerSpec.Kind.values()),
                one(MixerSpec.Direction.values()),
                k == 0 ? StudentSpec.Reuse.NONE : one(StudentSpec.Reuse.values()),
                StudentPrecision.F32);
    }

    /** IMAGES random images, one after the other. */
    byte[] pixels() {
        byte[] pixels = new byte[IMAGES * image.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) random.below(1, i, 0, 256);
        }
        return pixels;
    }

    /** Writes the folder; returns the logits (IMAGES, K) of each prefix of the chain by the engine. */
    public List<float[]> write(Path folder, Backend backend) throws IOException {
        Files.createDirectories(folder.resolve("checkpoints"));
        List<ChainDescription.Member> members = new ArrayList<>();
        List<float[]> prefixes = new ArrayList<>();
        float[] group = new float[IMAGES * CLASSES];
        for (int k = 0; k < students.size(); k++) {
            String file = "checkpoints/student-" + (k + 1) + ".safetensors";
            float[] own = logits(students.get(k), k, group, folder.resolve(file), backend);
            float[] joined = new float[group.length];
            for (int i = 0; i < joined.length; i++) {
                joined[i] = (float) (KEEP[k] * group[i] + WEIGHT[k] * own[i]);
            }
            group = joined;
            prefixes.add(joined);
            members.add(new ChainDescription.Member(
                    Descriptions.of(students.get(k)),
                    file,
                    Sha256.hex(Files.readAllBytes(folder.resolve(file))),
                    Flops.student(students.get(k), image, CLASSES).total(),
                    KEEP[k],
                    WEIGHT[k]));
        }
        ChainDescription description = new ChainDescription(
                image.height(),
                image.width(),
                image.channels(),
                ChainDescription.Orientation.NORMAL,
                IntStream.range(0, CLASSES).mapToObj(c -> "class " + c).toList(),
                mean,
                deviation,
                1_000_000,
                members,
                new ExitRule(ExitRule.Kind.CONFIDENCE, 0.5),
                List.of(),
                List.of());
        Files.writeString(folder.resolve("model.json"), description.json());
        return prefixes;
    }

    private float[] logits(StudentSpec spec, int k, float[] group, Path file, Backend backend) {
        try (MambaStudent student = new MambaStudent(backend, spec, image, CLASSES, IMAGES)) {
            student.parameters().initialise(number, k);
            for (Parameter parameter : student.parameters().all()) {
                disturb(parameter, backend);
            }
            Checkpoint.save(file, student.parameters(), backend, Map.of());
            backend.upload(normalised(), student.images());
            student.groupLogits().ifPresent(tensor -> backend.upload(group, tensor));
            student.forward(Mode.INFERENCE);
            return backend.download(student.logits());
        }
    }

    /** What starts at zero or one hides mistakes. */
    private void disturb(Parameter parameter, Backend backend) {
        Tensor tensor = parameter.value();
        float[] values = backend.download(tensor);
        boolean positive = parameter.name().endsWith("running_var");
        for (int i = 0; i < values.length; i++) {
            values[i] += random.uniform(2, draws++, 0, positive ? -0.5f : -0.3f, positive ? 1.5f : 0.3f);
        }
        backend.upload(values, tensor);
    }

    private float[] normalised() {
        byte[] pixels = pixels();
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = pixels[i] & 0xff;
        }
        Normalisation.of(mean, deviation).apply(values, 0, values.length, image.channels());
        return values;
    }

    /** One of the images of {@link #pixels}. */
    byte[] image(int number) {
        return Arrays.copyOfRange(pixels(), number * image.elements(), (number + 1) * image.elements());
    }
}
