package io.mambapkd.bench.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A chain in ONNX Runtime: a session for each student, one thread, input and output in memory that is made once. */
final class OnnxChain implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final ChainDescription description;
    private final List<OrtSession> sessions = new ArrayList<>();
    private final FloatBuffer image;
    private final OnnxTensor imageTensor;
    private final FloatBuffer own;
    private final OnnxTensor ownTensor;
    private final float[] table = new float[256];
    final float[] group;

    OnnxChain(Path runFolder) throws IOException, OrtException {
        ModelFolder folder = ModelFolder.open(runFolder);
        description = folder.description();
        int classes = description.classNames().size();
        int side = description.height();
        group = new float[classes];
        for (ChainDescription.Member member : description.students()) {
            byte[] model = OnnxStudent.model(member.architecture(), folder.tensors(member), side, classes);
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1);
                options.setInterOpNumThreads(1);
                options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
                sessions.add(environment.createSession(model, options));
            }
        }
        image = floats(side * side);
        imageTensor = OnnxTensor.createTensor(environment, image, new long[] {1, image.capacity()});
        own = floats(classes);
        ownTensor = OnnxTensor.createTensor(environment, own, new long[] {1, classes});
        double deviation = description.standardDeviation().get(0);
        for (int value = 0; value < table.length; value++) {
            table[value] = value * (float) (1 / (255.0 * deviation))
                    + (float) (-(double) description.mean().get(0) / deviation);
        }
    }

    private static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(Float.BYTES * count)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /**
     * The label of an image by the first students, until the largest probability reaches a threshold.
     *
     * @return the label; the logits are in {@link #group}
     */
    int classify(byte[] pixels, int most, double threshold) throws OrtException {
        for (int i = 0; i < pixels.length; i++) {
            image.put(i, table[pixels[i] & 0xff]);
        }
        for (int k = 0; ; k++) {
            try (OrtSession.Result result =
                    sessions.get(k).run(Map.of("image", imageTensor), Map.of("logits", ownTensor))) {
                ChainDescription.Member member = description.students().get(k);
                for (int c = 0; c < group.length; c++) {
                    float before = k == 0 ? 0 : group[c];
                    group[c] = (float) (member.keep() * before + member.weight() * own.get(c));
                }
                if (result.size() != 1) {
                    throw new IllegalStateException("expected one output, got " + result.size());
                }
            }
            int label = largest();
            if (k + 1 == most || confidence(label) >= threshold) {
                return label;
            }
        }
    }

    private int largest() {
        int best = 0;
        for (int c = 1; c < group.length; c++) {
            best = group[c] > group[best] ? c : best;
        }
        return best;
    }

    private double confidence(int label) {
        double sum = 0;
        for (float logit : group) {
            sum += Math.exp((double) logit - group[label]);
        }
        return 1 / sum;
    }

    @Override
    public void close() throws OrtException {
        for (OrtSession session : sessions) {
            session.close();
        }
        imageTensor.close();
        ownTensor.close();
    }
}
