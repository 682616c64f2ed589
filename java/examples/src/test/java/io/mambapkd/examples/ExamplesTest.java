package io.mambapkd.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One example trains a model, the other uses it. */
class ExamplesTest {
    @TempDir
    Path folder;

    private interface Program {
        void run() throws IOException;
    }

    private static String printed(Program program) throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(out);
            program.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aStudentIsTrainedAndClassifiesAnImage() throws IOException {
        Path run = folder.resolve("run");
        String training = printed(() -> TrainChain.main(new String[] {
            run.toString(),
            "teacher.images=512",
            "teacher.epochs=1",
            "teacher.channels=[4, 8]",
            "student.images=512",
            "student.epochs=1",
            "student.copies=1",
            "testImages=100"
        }));
        assertThat(training.lines())
                .anyMatch(line -> line.matches("small: [0-9.]+ % with [0-9.]+ % of the teacher's FLOPs; .*"));

        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(14, 14, 0, 255);
        Path file = folder.resolve("digit.png");
        ImageIO.write(image, "png", file.toFile());
        String answer = printed(() -> ClassifyImages.main(new String[] {run.toString(), file.toString()}));
        assertThat(answer.strip()).matches("\\Q" + file + "\\E: [0-9] \\([0-9.]+ %, 1 students\\)");
    }
}
