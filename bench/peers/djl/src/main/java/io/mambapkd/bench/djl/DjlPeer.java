package io.mambapkd.bench.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.mambapkd.bench.cpu.StepPeer;
import io.mambapkd.bench.cpu.StepSubject;
import io.mambapkd.bench.cpu.Weight;
import io.mambapkd.bench.cpu.Workload;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.tensor.ImageShape;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** PyTorch on the CPU. */
public final class DjlPeer implements StepPeer {
    private @Nullable Engine engine;

    @Override
    public void start(int threads, Path natives) {
        // Read once, when the engine loads.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("DJL_CACHE_DIR", natives.toAbsolutePath().toString());
        System.setProperty("ENGINE_CACHE_DIR", natives.toAbsolutePath().toString());
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        engine = Engine.getEngine("PyTorch");
        // The environment may hold other OpenMP programs of the process to one thread.
        JniUtils.setNumThreads(threads);
        if (JniUtils.getNumThreads() != threads) {
            throw new IllegalStateException("expected PyTorch to use " + threads + " threads, but it uses "
                    + JniUtils.getNumThreads() + ", so a comparison with it would not be fair");
        }
        for (String capability : List.of("MKL", "MKLDNN", "OPENMP")) {
            if (!engine.hasCapability(capability)) {
                throw new IllegalStateException("this PyTorch was built without " + capability
                        + ", so a comparison with it would not be fair: " + engine);
            }
        }
    }

    private Engine engine() {
        if (engine == null) {
            throw new IllegalStateException("the PyTorch peer was not started");
        }
        return engine;
    }

    @Override
    public String description() {
        String allocator = System.getenv().keySet().stream().anyMatch(key -> key.startsWith("MALLOC_"))
                ? "allocator set to keep freed memory"
                : "allocator as installed";
        return "PyTorch " + engine().getVersion() + " (MKL, oneDNN, OpenMP) through DJL " + Engine.getDjlVersion()
                + ", eager with autograd, optimizers on flat parameters, " + allocator;
    }

    @Override
    public StepSubject teacher(TeacherSpec spec, Layout layout, Workload workload, List<Weight> weights) {
        return new DjlSubject(
                engine(),
                workload,
                new DjlTeacher(spec),
                weights,
                spec.precision(),
                manager -> images(manager, layout, workload));
    }

    /** (B, C, H, W); channels last is what PyTorch takes a transposed view of (B, H, W, C) for. */
    private static NDArray images(NDManager manager, Layout layout, Workload workload) {
        NDArray channelsLast = channelsLast(manager, workload);
        NDArray view = channelsLast.transpose(0, 3, 1, 2);
        if (layout == Layout.CHANNELS_LAST) {
            return view;
        }
        Shape shape = view.getShape();
        float[] values = view.toFloatArray();
        view.close();
        channelsLast.close();
        return manager.create(values, shape);
    }

    private static NDArray channelsLast(NDManager manager, Workload workload) {
        ImageShape image = workload.image();
        return manager.create(
                workload.images(), new Shape(workload.batch(), image.height(), image.width(), image.channels()));
    }

    @Override
    public StepSubject student(StudentSpec spec, Workload workload, List<Weight> weights) {
        return new DjlSubject(
                engine(),
                workload,
                new DjlStudent(spec),
                weights,
                Precision.F32,
                manager -> channelsLast(manager, workload));
    }
}
