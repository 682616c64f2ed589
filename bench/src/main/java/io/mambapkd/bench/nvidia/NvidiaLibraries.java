package io.mambapkd.bench.nvidia;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.ops.cuda.checkup.CudnnParts;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** NVIDIA's libraries in some folders, and what asks for them, as a check without a device needs them. */
public final class NvidiaLibraries {
    public static final String CUBLAS_12 = LibraryFolders.CUBLAS_12;
    public static final String CUBLAS_13 = LibraryFolders.CUBLAS_13;
    public static final String CUDNN_9 = LibraryFolders.CUDNN_9;
    public static final String DRIVER = CudaNatives.DRIVER;

    private static final String FORWARDER = "/io/mambapkd/natives/" + CUBLAS_12;
    /** A slow disk reads 2 GB meanwhile. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final List<Path> folders;

    /**
     * Looks for the folders.
     *
     * @param setting that named them, for the message
     * @param path folders of libraries, toolkits, or what NVIDIA's Python wheels are unpacked to, separated as in a path
     * @throws InputException if one is no folder, or has no library of a version that is of use
     */
    public NvidiaLibraries(String setting, String path) {
        folders = LibraryFolders.checked(setting, path);
    }

    /** The first file of that name, or null. */
    public @Nullable Path find(String file) {
        return LibraryFolders.find(folders, file);
    }

    /** The libraries that cuDNN's own one loads when a call needs them. */
    public static List<String> cudnnParts() {
        return CudnnParts.NAMES.stream()
                .map(name -> "libcudnn_" + name + ".so.9")
                .toList();
    }

    /** JCuda's library for cuBLAS, a resource. */
    public static String jcublas() {
        return NvidiaLibrary.CUBLAS.jcudaFile();
    }

    /** JCuda's library for cuDNN, a resource. */
    public static String jcudnn() {
        return NvidiaLibrary.CUDNN.jcudaFile();
    }

    /** JCuda's library for the driver, a resource. */
    public static String jcudaDriver() {
        return CudaNatives.jcudaFile();
    }

    /** The forwarder to cuBLAS 13, a resource that builds without g++ lack. */
    public static String forwarder() {
        return FORWARDER;
    }

    /**
     * Writes a resource to a file.
     *
     * @return false if this build does not have it
     */
    public static boolean extract(String resource, Path file) throws IOException {
        try (InputStream in = NvidiaLibraries.class.getResourceAsStream(resource)) {
            if (in == null) {
                return false;
            }
            Files.copy(in, file);
            return true;
        }
    }

    /**
     * What became of a library in a process of its own.
     *
     * @param version that it told, or empty
     * @param failure why it is of no use, or null
     */
    public record Loaded(String version, @Nullable Problem failure) {
        private static Loaded of(Answer answer) {
            Problem end = answer.end().isEmpty()
                    ? null
                    : new Problem("a process that loads it " + answer.failure(), "name a folder of another release");
            boolean refused = !answer.value(LibraryProbe.REFUSED).isEmpty();
            return new Loaded(answer.value(LibraryProbe.VERSION), refused ? answer.problem(LibraryProbe.REFUSED) : end);
        }
    }

    /** Loads cuBLAS in a process. */
    public Loaded loadCublas() {
        return Loaded.of(ask(LibraryProbe.Step.CUBLAS, List.of()));
    }

    /** Loads cuDNN in a process. */
    public Loaded loadCudnn() {
        return Loaded.of(ask(LibraryProbe.Step.CUDNN, List.of()));
    }

    /**
     * What cuDNN answered about its engines.
     *
     * @param answers by question; those of questions that it did not take are missing
     * @param refusals by question that it did not take, the reason
     * @param failure why it did not answer all, or empty
     */
    public record Engines(
            Map<EngineQuestion, List<EngineQuestion.Answer>> answers,
            Map<EngineQuestion, String> refusals,
            String failure) {}

    /** Whether a version of cuDNN, such as {@code 9.24.0}, takes a description of a device in place of one. */
    public static boolean takesDeviceDescriptions(String version) {
        String[] numbers = version.split("\\.", -1);
        return numbers.length == 3
                && Integer.parseInt(numbers[0]) * 10_000 + Integer.parseInt(numbers[1]) * 100
                        >= CudnnEngines.FIRST_VERSION;
    }

    /** Asks cuDNN about engines for an H100, in a process of its own. */
    public Engines ask(List<EngineQuestion> questions) {
        Answer answer = ask(
                LibraryProbe.Step.ENGINES,
                questions.stream().map(EngineQuestion::line).toList());
        Map<EngineQuestion, List<EngineQuestion.Answer>> answers = new LinkedHashMap<>();
        Map<EngineQuestion, String> refusals = new LinkedHashMap<>();
        for (EngineQuestion question : questions) {
            String value = answer.value(question.line());
            if (value.startsWith(LibraryProbe.NOT_TAKEN)) {
                refusals.put(question, value.substring(LibraryProbe.NOT_TAKEN.length()));
            } else if (!value.isEmpty()) {
                answers.put(question, EngineQuestion.answers(value));
            }
        }
        String refused = answer.problem(LibraryProbe.REFUSED).sentence();
        String failure = answer.end().isEmpty() ? refused : answer.failure();
        return new Engines(answers, refusals, failure);
    }

    /** In a process, which a library of unknown making may end. */
    private Answer ask(LibraryProbe.Step step, List<String> questions) {
        List<String> arguments = new ArrayList<>(List.of(step.name()));
        folders.forEach(folder -> arguments.add(folder.toAbsolutePath().toString()));
        arguments.add(LibraryProbe.QUESTIONS_FOLLOW);
        arguments.addAll(questions);
        return ProbeProcess.ask(ProbeProcess.java(LibraryProbe.class, List.of("java.io.tmpdir"), arguments), LONGEST);
    }
}
