package io.mambapkd.bench.onnx;

import ai.onnxruntime.OrtException;
import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Budget;
import io.mambapkd.runtime.Steps;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One image after the other, batch 1, one thread: the time of each call, with its percentiles. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(value = 2, jvmArgsAppend = "-Xmx1g")
@State(Scope.Thread)
public class LatencyBenchmark {
    private static final int CHECKED = 200;
    private static final double CLOSE = 1e-3;

    /** A run of mnist-full. */
    @Param("runs/mnist-full")
    public String run;

    /** Test images in the IDX format, packed by gzip. */
    @Param("t10k-images-idx3-ubyte.gz")
    public String images;

    private AnytimeClassifier classifier;
    private OnnxChain onnx;
    private byte[][] pixels;
    private double threshold;
    private int next;

    /** Loads both, and refuses to measure two chains that do not say the same. */
    @Setup(Level.Trial)
    public void load() throws IOException, OrtException {
        classifier = AnytimeClassifier.load(Path.of(run));
        onnx = new OnnxChain(Path.of(run));
        pixels = read(Path.of(images));
        threshold = io.mambapkd.runtime.model.ModelFolder.open(Path.of(run))
                .description()
                .thresholdRule()
                .threshold();
        float[] ours = new float[classifier.classNames().size()];
        for (int i = 0; i < CHECKED; i++) {
            Steps steps = classifier.start(pixels[i]);
            while (steps.hasNext()) {
                steps.step();
            }
            steps.logits(ours);
            onnx.classify(pixels[i], classifier.students(), 2);
            for (int c = 0; c < ours.length; c++) {
                if (!(Math.abs(ours[c] - onnx.group[c]) < CLOSE)) {
                    throw new IllegalStateException("image " + i + ", class " + c + ": expected " + onnx.group[c]
                            + " of ONNX Runtime, got " + ours[c] + " of the runtime");
                }
            }
        }
    }

    private static byte[][] read(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
            in.readInt();
            byte[][] images = new byte[in.readInt()][];
            int elements = in.readInt() * in.readInt();
            for (int i = 0; i < images.length; i++) {
                images[i] = in.readNBytes(elements);
            }
            return images;
        }
    }

    /** Frees the sessions. */
    @TearDown(Level.Trial)
    public void close() throws OrtException {
        onnx.close();
    }

    private byte[] image() {
        next = next + 1 == pixels.length ? 0 : next + 1;
        return pixels[next];
    }

    /** Until the exit of the smallest certified drop, or the threshold of the run where nothing is certified. */
    @Benchmark
    public Answer runtimeUntilTheUsualExit() {
        return classifier.classify(image());
    }

    /** Until the threshold of the run. */
    @Benchmark
    public Answer runtimeUntilTheThreshold() {
        return classifier.classify(image(), Budget.threshold());
    }

    /** All students. */
    @Benchmark
    public Answer runtimeAllStudents() {
        return classifier.classify(image(), Budget.ALL);
    }

    /** Until the threshold of the run. */
    @Benchmark
    public int onnxUntilTheThreshold() throws OrtException {
        return onnx.classify(image(), classifier.students(), threshold);
    }

    /** All students. */
    @Benchmark
    public int onnxAllStudents() throws OrtException {
        return onnx.classify(image(), classifier.students(), 2);
    }
}
