package io.mambapkd.ops.cuda;

import io.mambapkd.InputException;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A small convolution in a process of its own. cuDNN 9 is a front for half a dozen libraries that it loads at the first call
 * that needs them, and a missing one of those ends the process: so a process is spent to find out.
 */
public final class CudnnProbe {
    /** What says where libraries are looked for. */
    static final List<String> PROPERTIES =
            List.of(CudaNatives.DRIVER_PROPERTY, LibraryFolders.PROPERTY, "java.io.tmpdir");

    private static final int REFUSED = 2;
    private static final Duration LONGEST = Duration.ofSeconds(120);
    private static boolean passed;

    private CudnnProbe() {}

    /**
     * Runs it, if that has not been done in this process. What needs no probe is looked at before: driver, device, and the files of the libraries.
     *
     * @throws InputException if there is no driver, no such device, or cuBLAS or cuDNN is of no use
     */
    static void require(CudaOptions options) {
        String refusal = refusal(options);
        if (!refusal.isEmpty()) {
            throw new InputException(refusal);
        }
    }

    /**
     * Like {@link #require}, but tells why the convolution failed.
     *
     * @return a sentence; empty if it did not fail
     * @throws InputException if there is no driver, no such device, or a file of cuBLAS or cuDNN is missing or of no use
     */
    static synchronized String refusal(CudaOptions options) {
        if (!passed) {
            DeviceContext.find(options);
            NvidiaLibrary.CUBLAS.load(options.libraryFolders());
            // Not its version: with half of a cuDNN that question ends the process, too.
            NvidiaLibrary.CUDNN.load(options.libraryFolders());
            try {
                run(options, LONGEST);
            } catch (InputException failure) {
                return String.valueOf(failure.getMessage());
            }
            passed = true;
        }
        return "";
    }

    /**
     * Runs it.
     *
     * @param limit after which it is ended
     */
    static void run(CudaOptions options, Duration limit) {
        try {
            Process process = new ProcessBuilder(command(options))
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            // Its few lines fit into the pipe, so that it ends without being read.
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new InputException("a convolution in a process of its own did not end within " + limit.toSeconds()
                        + " s; the first one on a machine reads cuDNN from the disk: try again, or use --device cpu");
            }
            if (process.exitValue() != 0) {
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                throw new InputException(explanation(process.exitValue(), output));
            }
        } catch (IOException failure) {
            throw new InputException("cannot start a process to try cuDNN in: " + failure.getMessage(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InputException("interrupted while cuDNN was tried", interrupted);
        }
    }

    private static List<String> command(CudaOptions options) {
        List<String> arguments = new ArrayList<>(List.of(Integer.toString(options.device())));
        options.libraryFolders().forEach(folder -> arguments.add(folder.toString()));
        return ProbeProcess.java(CudnnProbe.class, PROPERTIES, arguments);
    }

    /**
     * Why cuDNN is of no use.
     *
     * @param status how the process ended
     * @param output what it wrote
     */
    static String explanation(int status, String output) {
        List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
        if (status == REFUSED && !lines.isEmpty()) {
            return lines.get(lines.size() - 1);
        }
        // What the loader or cuDNN said of a missing part, rather than the JVM's report of its own end.
        String words = lines.stream()
                .filter(line -> line.contains("libcudnn") || line.contains("cudnn"))
                .findFirst()
                .orElse(lines.isEmpty() ? "without a word" : lines.get(0));
        return "cuDNN cannot run here: a convolution in a process of its own ended with status " + status + " (" + words
                + "); a part of cuDNN 9 may be missing or of another version, install all of it, name its folder with "
                + "--cuda-libs FOLDER, or use --device cpu";
    }

    /**
     * The convolution.
     *
     * @param arguments index of the device, then the folders of NVIDIA's libraries
     */
    public static void main(String[] arguments) {
        List<Path> folders = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
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
            convolve(options);
        } catch (InputException refused) {
            answer(String.valueOf(refused.getMessage()));
            System.exit(REFUSED);
        }
    }

    /** To the process that asked. */
    private static void answer(String line) {
        try (OutputStream output = new FileOutputStream(FileDescriptor.out)) {
            output.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void convolve(CudaOptions options) {
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
        }
    }
}
