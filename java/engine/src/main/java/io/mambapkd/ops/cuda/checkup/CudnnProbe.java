package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.cuda.driver.CudaArena;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.CudaFailure;
import io.mambapkd.ops.cuda.failures.FailureOrigin;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.kernels.CudaPointwise;
import io.mambapkd.ops.cuda.libraries.CudnnConv2d;
import io.mambapkd.ops.cuda.libraries.CudnnHandle;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small convolution in a process of its own. cuDNN 9 is a front for half a dozen libraries that it loads at the first call
 * that needs them, and a missing one of those ends the process: so a process is spent to find out.
 */
public final class CudnnProbe {
    /** What says where libraries are looked for. */
    static final List<String> PROPERTIES =
            List.of(CudaNatives.DRIVER_PROPERTY, LibraryFolders.PROPERTY, "java.io.tmpdir");

    /** What a process tries. */
    public enum Extent {
        ONE_CONVOLUTION,
        /** Then {@link ConvolutionTrials}, of which it answers by {@link #FALLBACK}, {@link #REFUSED} and {@link #SELDOM} with a number. */
        TRIALS
    }

    static final String FALLBACK = "fallback ";
    static final String REFUSED = "refused ";
    static final String SELDOM = "seldom ";

    /** Keys of what is wrong, and of who can mend it, said before the process ends with another status than 0. */
    private static final String FAILURE = "failure";

    private static final String ORIGIN = "origin";
    /** Key that is there too where cuDNN refuses the convolution. */
    private static final String CONVOLUTION_REFUSED = "convolution-refused";

    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static boolean passed;

    private CudnnProbe() {}

    /**
     * Runs it, if that has not been done in this process. What needs no probe is looked at before: driver, device, and the files of the libraries.
     *
     * @throws InputException if there is no driver, no such device, or cuBLAS or cuDNN is of no use
     * @throws CudaCallError if a call of the process should never have been made
     */
    public static void require(CudaOptions options) {
        RuntimeException refusal = refusal(options);
        if (refusal != null) {
            throw refusal;
        }
    }

    /**
     * Like {@link #require}, but gives back why the convolution failed.
     *
     * @return null if it did not fail, or if the options let its refusal pass
     * @throws InputException if there is no driver, no such device, or a file of cuBLAS or cuDNN is missing or of no use
     */
    public static synchronized @Nullable RuntimeException refusal(CudaOptions options) {
        if (!passed) {
            DeviceContext.find(options);
            NvidiaLibrary.CUBLAS.load(options.libraryFolders());
            // Not its version: with half of a cuDNN that question ends the process, too.
            NvidiaLibrary.CUDNN.load(options.libraryFolders());
            try {
                passed = run(options, Extent.ONE_CONVOLUTION, LONGEST).end().isEmpty();
            } catch (UnusableDeviceException | CudaCallError failure) {
                return failure;
            }
        }
        return null;
    }

    /**
     * Runs it.
     *
     * @param limit after which it is ended
     * @return what the process answered; its end is not empty where cuDNN refused the convolution and the options let that pass
     * @throws UnusableDeviceException if cuDNN is of no use
     * @throws CudaCallError if a call of the process should never have been made
     */
    public static Answer run(CudaOptions options, Extent extent, Duration limit) {
        Answer answer = ProbeProcess.ask(command(options, extent), limit);
        boolean letPass = !answer.value(CONVOLUTION_REFUSED).isEmpty()
                && options.libraries() == CudaOptions.Libraries.STARTED_WHEN_NEEDED;
        if (!answer.end().isEmpty() && !letPass) {
            throw failure(answer);
        }
        return answer;
    }

    private static List<String> command(CudaOptions options, Extent extent) {
        List<String> arguments = new ArrayList<>(List.of(Integer.toString(options.device()), extent.name()));
        options.libraryFolders().forEach(folder -> arguments.add(folder.toString()));
        return ProbeProcess.java(CudnnProbe.class, PROPERTIES, arguments);
    }

    /** Why cuDNN is of no use, by the answer of a process that did not end well. */
    public static RuntimeException failure(Answer answer) {
        if (!answer.value(FAILURE).isEmpty()) {
            return FailureOrigin.valueOf(answer.value(ORIGIN)).failure(CudaFailure.NO_STATUS, answer.problem(FAILURE));
        }
        String process = "a convolution in a process of its own " + answer.end();
        if (!answer.ran()) {
            return new UnusableDeviceException(
                    CudaFailure.NO_STATUS,
                    new Problem(
                            process,
                            answer.late()
                                    ? "the first one on a machine reads cuDNN from the disk: try again, or use --device cpu"
                                    : "see that this process may start others, or use --device cpu"));
        }
        List<String> lines = answer.lines();
        // What the loader or cuDNN said of a missing part, rather than the JVM's report of its own end.
        String words = lines.stream()
                .filter(line -> line.contains("libcudnn") || line.contains("cudnn"))
                .findFirst()
                .map(line -> new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                .orElse(lines.isEmpty() ? "without a word" : lines.get(0));
        return new UnusableDeviceException(
                CudaFailure.NO_STATUS,
                new Problem(
                        "cuDNN cannot run here: " + process + " (" + words + ")",
                        "a part of cuDNN 9 may be missing or of another version, install all of it, name its folder"
                                + " with --cuda-libs FOLDER, or use --device cpu"));
    }

    /**
     * The convolution.
     *
     * @param arguments index of the device, an {@link Extent}, then the folders of NVIDIA's libraries
     */
    public static void main(String[] arguments) {
        List<Path> folders = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            folders.add(Path.of(arguments[i]));
        }
        CudaOptions options = new CudaOptions(
                Integer.parseInt(arguments[0]),
                CudaOptions.Launches.SYNCHRONISED,
                CudaOptions.MemoryLayout.PACKED,
                folders,
                CudaOptions.Products.FLOAT32,
                CudaOptions.Libraries.WHEN_NEEDED);
        try {
            convolve(options, Extent.valueOf(arguments[1]));
        } catch (InputException wrong) {
            end(FailureOrigin.MACHINE, wrong.problem(), wrong);
        } catch (CudaCallError ours) {
            end(FailureOrigin.PROGRAM, ours.problem(), ours);
        }
    }

    private static void end(FailureOrigin origin, Problem problem, RuntimeException failure) {
        if (CudnnStatus.isRefusal(failure)) {
            ProbeProcess.say(CONVOLUTION_REFUSED, "true");
        }
        ProbeProcess.say(ORIGIN, origin.name());
        ProbeProcess.say(FAILURE, problem);
        System.exit(1);
    }

    private static void convolve(CudaOptions options, Extent extent) {
        // cuDNN takes cuBLAS from where it is loaded already.
        CudaNatives.load(options.libraryFolders());
        NvidiaLibrary.CUBLAS.load(options.libraryFolders());
        try (DeviceContext context = DeviceContext.open(options);
                CudnnHandle cudnn = new CudnnHandle(context, options);
                CudnnConv2d conv2d = new CudnnConv2d(context, cudnn, options.products(), new CudaPointwise(context));
                Arena arena = new CudaArena(context, "probe", Arena.Layout.SEPARABLE, Arena.Blocks.PER_TYPE)) {
            Tensor x = arena.allocate("x", 2, 8, 8, 4);
            Tensor weight = arena.allocate("weight", 4, 4, 3, 3);
            Tensor y = arena.allocate("y", 2, 8, 8, 4);
            arena.seal();
            Conv2dOps.Options same = new Conv2dOps.Options(3, 1, 1);
            conv2d.forward(same, x, weight, null, y);
            conv2d.backwardData(same, weight, y, x);
            conv2d.backwardWeights(same, x, y, weight, null);
            context.synchronise();
            if (extent == Extent.TRIALS) {
                tryAll(context, conv2d);
            }
        }
    }

    private static void tryAll(DeviceContext context, CudnnConv2d conv2d) {
        boolean hasBfloat16 = context.device().hasBfloat16Products();
        ConvolutionTrials.Result result = new ConvolutionTrials(context, conv2d)
                .run(hasBfloat16 ? List.of(DType.F32, DType.BF16) : List.of(DType.F32));
        sayAll(
                FALLBACK,
                result.fallbacks().stream()
                        .map(fallback -> new Problem(fallback.text(), ""))
                        .toList());
        sayAll(REFUSED, result.refused());
        sayAll(SELDOM, result.seldom());
    }

    private static void sayAll(String key, List<Problem> values) {
        for (int i = 0; i < values.size(); i++) {
            ProbeProcess.say(key + i, values.get(i));
        }
    }
}
