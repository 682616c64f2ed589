package io.mambapkd.bench.djl;

import ai.djl.engine.Engine;
import io.mambapkd.bench.cpu.StepPeer;
import io.mambapkd.bench.cpu.StepSubject;
import io.mambapkd.bench.cpu.Weight;
import io.mambapkd.bench.cpu.Workload;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.CnnSpec;
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
                + ", eager with autograd, AdamW in DJL's native code on flat parameters, " + allocator;
    }

    @Override
    public StepSubject teacher(CnnSpec spec, Workload workload, List<Weight> weights) {
        return new DjlSubject(engine(), workload, new DjlTeacher(spec), weights);
    }

    @Override
    public StepSubject student(StudentSpec spec, Workload workload, List<Weight> weights) {
        return new DjlSubject(engine(), workload, new DjlStudent(spec), weights);
    }
}
