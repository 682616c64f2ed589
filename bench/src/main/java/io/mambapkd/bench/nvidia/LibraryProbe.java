package io.mambapkd.bench.nvidia;

import static io.mambapkd.doctor.ProbeProcess.say;

import io.mambapkd.InputException;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.libraries.CudnnHandle;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasStatus;
import jcuda.jcudnn.JCudnn;

/**
 * The process that loads a library and asks it what it answers without a device. cuDNN ends a process in which it misses one of its parts, so the process says
 * each answer as soon as it has it.
 */
final class LibraryProbe {
    /** What is loaded and asked. */
    enum Step {
        CUBLAS,
        CUDNN,
        ENGINES
    }

    /** Key of the version, as people write it; empty if the library does not tell it. */
    static final String VERSION = "version";
    /** Key of the reason why the library is of no use. */
    static final String REFUSED = "refused";
    /** In front of the reason why cuDNN did not take a question. */
    static final String NOT_TAKEN = "not taken: ";

    static final String QUESTIONS_FOLLOW = "--";

    private static final String DEVICE = "/io/mambapkd/bench/nvidia/h100.json";
    /** Major, minor and patch level. */
    private static final int PROPERTIES = 3;

    private LibraryProbe() {}

    /** @param arguments a {@link Step}, folders of libraries, {@link #QUESTIONS_FOLLOW}, questions about engines */
    public static void main(String[] arguments) throws IOException {
        List<String> all = List.of(arguments);
        int end = all.indexOf(QUESTIONS_FOLLOW);
        List<Path> folders = all.subList(1, end).stream().map(Path::of).toList();
        try {
            switch (Step.valueOf(all.get(0))) {
                case CUBLAS -> cublas(folders);
                case CUDNN -> cudnn(folders);
                case ENGINES -> {
                    cudnn(folders);
                    engines(all.subList(end + 1, all.size()));
                }
            }
        } catch (InputException | CudaCallError refused) {
            say(REFUSED, DeviceCheck.problem(refused));
        }
    }

    private static void cublas(List<Path> folders) {
        NvidiaLibrary.CUBLAS.load(folders);
        List<String> numbers = new ArrayList<>();
        int[] number = new int[1];
        for (int i = 0; i < PROPERTIES; i++) {
            if (JCublas2.cublasGetProperty(i, number) == cublasStatus.CUBLAS_STATUS_SUCCESS) {
                numbers.add(Integer.toString(number[0]));
            }
        }
        say(VERSION, numbers.size() == PROPERTIES ? String.join(".", numbers) : "");
    }

    private static void cudnn(List<Path> folders) {
        try {
            // cuDNN takes cuBLAS from where it is loaded already.
            NvidiaLibrary.CUBLAS.load(folders);
        } catch (InputException withoutCublas) {
            // It lists its engines without.
        }
        NvidiaLibrary.CUDNN.load(folders);
        long version = JCudnn.cudnnGetVersion();
        CudnnHandle.requireVersion(version);
        say(VERSION, version / 10_000 + "." + version / 100 % 100 + "." + version % 100);
    }

    private static void engines(List<String> questions) throws IOException {
        try (InputStream in = Objects.requireNonNull(LibraryProbe.class.getResourceAsStream(DEVICE), DEVICE);
                CudnnEngines engines = new CudnnEngines(in.readAllBytes())) {
            for (String question : questions) {
                try {
                    say(question, EngineQuestion.lines(engines.ask(EngineQuestion.parse(question))));
                } catch (UnusableDeviceException | CudaCallError refused) {
                    say(question, NOT_TAKEN + refused.getMessage());
                }
            }
        }
    }
}
