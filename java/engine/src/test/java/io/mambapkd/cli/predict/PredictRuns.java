package io.mambapkd.cli.predict;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.model.RandomChain;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Budget;
import io.mambapkd.tensor.ImageShape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A random chain in a run folder, random images in its shape, and {@code predict} on them. */
final class PredictRuns {
    private static final int STUDENTS = 3;
    private static final int LEAST_ELEMENTS = 64;

    final Path run;
    final ImageShape shape;
    final AnytimeClassifier classifier;

    /** @param channels 1 for a chain of grey images, 3 for one of colours */
    PredictRuns(Path run, int channels) throws IOException {
        this.run = run;
        RandomChain chain = Stream.iterate(0, number -> number + 1)
                .map(number -> new RandomChain(number, STUDENTS))
                .filter(drawn -> drawn.image.channels() == channels && drawn.image.elements() >= LEAST_ELEMENTS)
                .findFirst()
                .orElseThrow();
        try (Backend backend = new CpuBackend(1)) {
            chain.write(run, backend);
        }
        shape = chain.image;
        classifier = AnytimeClassifier.load(run);
    }

    /** Random pixels, the same for the same number. */
    byte[] pixels(int number) {
        byte[] pixels = new byte[shape.elements()];
        new Random(number).nextBytes(pixels);
        return pixels;
    }

    /** An image of these pixels in a format without loss. */
    byte[] file(int number, String format) {
        boolean grey = shape.channels() == 1;
        BufferedImage image = new BufferedImage(
                shape.width(), shape.height(), grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
        byte[] pixels = pixels(number);
        for (int i = 0; i < shape.height() * shape.width(); i++) {
            if (grey) {
                image.getRaster().setSample(i % shape.width(), i / shape.width(), 0, pixels[i] & 0xff);
            } else {
                for (int c = 0; c < 3; c++) {
                    image.getRaster().setSample(i % shape.width(), i / shape.width(), c, pixels[3 * i + c] & 0xff);
                }
            }
        }
        return TestImages.file(image, format, false);
    }

    byte[] png(int number) {
        return file(number, "png");
    }

    /** An IDX file of the images with the numbers from 0. */
    byte[] idx(int count) {
        boolean grey = shape.channels() == 1;
        ByteBuffer bytes = ByteBuffer.allocate((grey ? 16 : 20) + count * shape.elements());
        bytes.putInt(grey ? 0x803 : 0x804).putInt(count).putInt(shape.height()).putInt(shape.width());
        if (!grey) {
            bytes.putInt(shape.channels());
        }
        for (int i = 0; i < count; i++) {
            bytes.put(pixels(i));
        }
        return bytes.array();
    }

    static byte[] gzip(byte[] content) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    /** {@code predict RUN} with more words. */
    CommandRun predict(Object... words) {
        return predict(InputStream.nullInputStream(), words);
    }

    /** The same with a standard input. */
    CommandRun predict(byte[] standardInput, Object... words) {
        return predict(new ByteArrayInputStream(standardInput), words);
    }

    CommandRun predict(InputStream standardInput, Object... words) {
        List<String> args = new ArrayList<>(List.of("predict", run.toString()));
        for (Object word : words) {
            args.add(word.toString());
        }
        InputStream before = System.in;
        System.setIn(standardInput);
        try {
            return CommandRun.of(Jobs.REAL, run.resolve("runs"), args.toArray(String[]::new));
        } finally {
            System.setIn(before);
        }
    }

    /** What {@code --format jsonl} prints for an image, by the classifier itself. */
    Row row(String name, byte[] pixels, Budget budget) {
        Answer answer = classifier.classify(pixels, budget);
        return new Row(
                name, answer.label(), answer.className(), answer.confidence(), answer.students(), answer.flops());
    }

    Row row(String name, int number) {
        return row(name, pixels(number), classifier.usualBudget());
    }

    /** A line of the results, read back. */
    record Row(String file, int label, String className, double confidence, int students, long flops) {
        static List<Row> ofJson(String lines) {
            List<Row> rows = new ArrayList<>();
            lines.lines().forEach(line -> {
                JsonNode node = JsonMapper.shared().readTree(line);
                assertThat(node.propertyNames())
                        .containsExactly("file", "label", "className", "confidence", "students", "flops");
                rows.add(new Row(
                        node.get("file").stringValue(),
                        node.get("label").intValue(),
                        node.get("className").stringValue(),
                        node.get("confidence").doubleValue(),
                        node.get("students").intValue(),
                        node.get("flops").longValue()));
            });
            return rows;
        }
    }

    /** Results as JSON lines, of a run that had nothing to complain of. */
    List<Row> rows(CommandRun run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return Row.ofJson(run.out());
    }

    static Path write(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }
}
