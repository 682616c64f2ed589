package io.mambapkd.bench.peers;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps.Options;
import io.mambapkd.ops.cpu.CpuBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a peer reads is what we compute on, and another loss is noticed: the peer here is the definition, in doubles. */
class LossTaskTest {
    private static final int BATCH = 64;
    private static final int CLASSES = 10;

    @TempDir
    Path folder;

    /** Loss and gradient of the definition in {@code DistillationLossOps}. */
    private static final class Definition {
        private final double[] gradient = new double[BATCH * CLASSES];
        private double loss;

        Definition(ByteBuffer inputs, Options options) {
            int count = BATCH * CLASSES;
            double t = options.temperature();
            for (int row = 0; row < BATCH; row++) {
                double[] combined = new double[CLASSES];
                double[] teacher = new double[CLASSES];
                for (int k = 0; k < CLASSES; k++) {
                    int at = row * CLASSES + k;
                    combined[k] = options.studentWeight() * inputs.getFloat(4 * at)
                            + options.ensembleWeight() * inputs.getFloat(4 * (count + at));
                    teacher[k] = inputs.getFloat(4 * (2 * count + at));
                }
                int label = inputs.getInt(4 * (3 * count + row));
                double[] hard = logSoftmax(combined, 1);
                double[] soft = logSoftmax(combined, t);
                double[] target = logSoftmax(teacher, t);
                loss -= options.alpha() * hard[label] / BATCH;
                for (int k = 0; k < CLASSES; k++) {
                    double q = Math.exp(target[k]);
                    loss += (1 - options.alpha()) * t * t * q * (target[k] - soft[k]) / BATCH;
                    double d = options.alpha() * (Math.exp(hard[k]) - (k == label ? 1 : 0))
                            + (1 - options.alpha()) * t * (Math.exp(soft[k]) - q);
                    gradient[row * CLASSES + k] = options.studentWeight() * d / BATCH;
                }
            }
        }

        private static double[] logSoftmax(double[] logits, double temperature) {
            double sum =
                    Arrays.stream(logits).map(x -> Math.exp(x / temperature)).sum();
            return Arrays.stream(logits)
                    .map(x -> x / temperature - Math.log(sum))
                    .toArray();
        }

        byte[] bytes(int changed, double by) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(Float.BYTES * gradient.length).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < gradient.length; i++) {
                bytes.putFloat((float) (gradient[i] + (i == changed ? by : 0)));
            }
            return bytes.array();
        }
    }

    @Test
    void aPeerThatComputesTheDefinitionIsAcceptedAndOneThatIsAPercentOffIsNot() throws IOException {
        Path file = folder.resolve("inputs");
        try (Backend backend = new CpuBackend(1);
                LossTask task = new LossTask(backend, BATCH, CLASSES, 1)) {
            task.writeInputs(file);
            ByteBuffer inputs = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            Definition peer = new Definition(inputs, LossTask.OPTIONS);
            assertThatCode(() -> task.requireEqualGradient(peer.bytes(0, 0))).doesNotThrowAnyException();
            assertThatCode(() -> task.requireEqualLoss(peer.loss)).doesNotThrowAnyException();
            double percent = 0.01 / BATCH;
            assertThatThrownBy(() -> task.requireEqualGradient(peer.bytes(7, percent)))
                    .isInstanceOf(PeerFailure.class)
                    .hasMessageContaining("gradient 7");
            assertThatThrownBy(() -> task.requireEqualLoss(1.01 * peer.loss)).isInstanceOf(PeerFailure.class);
            assertThatThrownBy(() -> task.requireEqualLoss(Double.NaN)).isInstanceOf(PeerFailure.class);
        }
    }
}
