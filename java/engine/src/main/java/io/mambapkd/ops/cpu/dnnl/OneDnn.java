package io.mambapkd.ops.cpu.dnnl;

import io.mambapkd.Problem;
import io.mambapkd.ops.cpu.natives.LoadFailure;
import java.util.Optional;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.jspecify.annotations.Nullable;

/**
 * oneDNN as it was loaded: its engine and what the processor has. The library computes with the threads of OpenMP; several of our own call it at the same time, so
 * it is used only where {@value #THREADS_VARIABLE} holds it to one thread per call.
 */
public final class OneDnn {
    /** The variable of the environment that the launcher sets to 1. */
    private static final String THREADS_VARIABLE = "OMP_NUM_THREADS";

    private static final String NAME = "oneDNN";

    /** What the rest is found out with, once: Java gives the reason of a failed load to the first who tries, alone. */
    private static final class Loaded {
        private static final Optional<Problem> PROBLEM = problemOf(System.getenv(THREADS_VARIABLE));
    }

    private static final class Engine {
        private static final engine CPU = new engine(dnnl.dnnl_cpu, 0);
    }

    private OneDnn() {}

    /** Why oneDNN is of no use on this machine, and what to do; empty where it can be used. */
    public static Optional<Problem> problem() {
        return Loaded.PROBLEM;
    }

    /** @param threads value of the variable; null where it is not set */
    static Optional<Problem> problemOf(@Nullable String threads) {
        if (!"1".equals(threads)) {
            return Optional.of(new Problem(
                    NAME + " is not used, because " + THREADS_VARIABLE
                            + " is not 1 and its own threads would disturb those of this program; matrix products take its place: slower, and with other last digits",
                    "start the program with bin/mamba-pkd, or set " + THREADS_VARIABLE + "=1"));
        }
        try {
            Engine.CPU.get_kind();
            return Optional.empty();
        } catch (LinkageError failure) {
            return Optional.of(LoadFailure.problem(
                    NAME, "matrix products take its place: slower, and with other last digits", failure));
        }
    }

    /** The only engine: the processor. */
    static engine engine() {
        return Engine.CPU;
    }

    /** Whether the processor has instructions that multiply BF16. */
    public static boolean multipliesBfloat16() {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        return (isa & dnnl.dnnl_cpu_isa_avx512_core_bf16) == dnnl.dnnl_cpu_isa_avx512_core_bf16;
    }

    /** {@code oneDNN}, with what of the processor it uses: {@code oneDNN (AVX-512, BF16)}. */
    public static String description() {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        String vectors = (isa & dnnl.dnnl_cpu_isa_avx512_core) == dnnl.dnnl_cpu_isa_avx512_core
                ? "AVX-512"
                : (isa & dnnl.dnnl_cpu_isa_avx2) == dnnl.dnnl_cpu_isa_avx2 ? "AVX2" : "SSE4.1";
        return NAME + " (" + vectors + (multipliesBfloat16() ? ", BF16" : "") + ")";
    }
}
