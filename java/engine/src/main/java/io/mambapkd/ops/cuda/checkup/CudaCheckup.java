package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.doctor.TimeLimit;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cuda.checkup.CudaProbe.Step;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.natives.Cublas13;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import io.mambapkd.ops.cuda.options.CudaOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jcuda.JCudaVersion;

/**
 * Looks at all that CUDA needs on this machine, one thing after the other whatever became of those before. Nothing is loaded into
 * this process: libraries are tried in one that is spent on them, and in another one after those that ended it.
 */
public final class CudaCheckup {
    private final CudaOptions options;
    private final Map<String, String> environment;
    private final TimeLimit time;
    private final List<Finding> findings = new ArrayList<>();
    private final DeviceFindings devices = new DeviceFindings();
    private boolean loadsJcublas;
    private boolean loadsJcudnn;

    /**
     * What was found.
     *
     * @param findings in the order in which one thing needs another
     * @param device description of the first device that works, or empty
     */
    public record Result(List<Finding> findings, String device) {}

    private CudaCheckup(CudaOptions options, Map<String, String> environment, TimeLimit time) {
        this.options = options;
        this.environment = environment;
        this.time = time;
    }

    /**
     * Looks.
     *
     * @param options where libraries are; the number of the device does not count
     * @param environment for the places where they usually are
     * @param time that all of it may take
     */
    public static Result run(CudaOptions options, Map<String, String> environment, TimeLimit time) {
        return new CudaCheckup(options, environment, time).run();
    }

    private Result run() {
        Map<Step, Answer> answers = ask(List.of(Step.values()), List.of(), options.libraryFolders(), time);
        Answer driver = answers.get(Step.DRIVER);
        findings.addAll(devices.of(driver));
        Finding cublas = cublas(answers.get(Step.CUBLAS));
        Answer dnn = answers.get(Step.CUDNN);
        Finding cudnn = cudnn(dnn);
        List<Finding> convolutions = convolutions(cublas, cudnn);
        findings.add(cublas);
        findings.add(cudnn);
        findings.addAll(new CudnnParts(options.libraryFolders(), time)
                .findings(front(cudnn), answers.get(Step.PARTS), dnn.value("version"), isOk(convolutions.get(0))));
        findings.addAll(convolutions);
        findings.add(jcuda(!driver.value("path").isEmpty()));
        return new Result(List.copyOf(findings), devices.description());
    }

    /**
     * Has a process go through steps; where one ends it, another process goes on behind that step.
     *
     * @param tried files of {@link Step#PARTS} to leave out
     * @return what was said of each, without the prefix of the step
     */
    static Map<Step, Answer> ask(List<Step> steps, List<Path> tried, List<Path> folders, TimeLimit time) {
        Map<Step, Answer> answers = new EnumMap<>(Step.class);
        List<Step> left = new ArrayList<>(steps);
        while (!left.isEmpty()) {
            Answer whole = ProbeProcess.ask(CudaProbe.command(left, tried, folders), time.share());
            boolean ended;
            do {
                Step step = left.remove(0);
                Map<String, String> values = whole.values(step.prefix());
                ended = values.containsKey(CudaProbe.ENDED);
                answers.put(step, new Answer(values, whole.lines(), ended ? "" : whole.end(), !ended && whole.late()));
            } while (ended && !left.isEmpty());
        }
        return answers;
    }

    private Finding cublas(Answer answer) {
        loadsJcublas = !answer.value("loaded").isEmpty();
        boolean forwarded = answer.value("forwarded").equals("true");
        return library(NvidiaLibrary.CUBLAS, "cuBLAS", answer, forwarded ? ", " + Cublas13.NAME : "");
    }

    private Finding cudnn(Answer answer) {
        loadsJcudnn = !answer.value("loaded").isEmpty();
        return library(NvidiaLibrary.CUDNN, "cuDNN", answer, "");
    }

    private Finding library(NvidiaLibrary library, String name, Answer answer, String remark) {
        String path = answer.value("path");
        String version = answer.value("version");
        if (!answer.value("refused").isEmpty()) {
            return Finding.problem(name, answer.problem("refused"))
                    .withRemedy(elsewhere(library))
                    .at(path, version);
        }
        if (!answer.end().isEmpty()) {
            String remedy = answer.late()
                    ? Answer.MORE_TIME
                    : "install it again, or name another folder of it with --cuda-libs FOLDER";
            return Finding.problem(name, "a process that loaded it " + answer.failure(), remedy)
                    .at(path, version);
        }
        String release = version.isEmpty() ? "version not known without a device" : version;
        return Finding.ok(name, release + remark + (path.isEmpty() ? "" : ", " + path))
                .at(path, version);
    }

    /** To name a folder that has it, if there is one in the usual places. */
    private String elsewhere(NvidiaLibrary library) {
        String path = UsualPlaces.path(library, options.libraryFolders(), UsualPlaces.on(environment));
        return path.isEmpty() ? "" : "it is on this machine: name it with --cuda-libs " + path;
    }

    /** Whether cuDNN computes some, and what it refuses. */
    private List<Finding> convolutions(Finding cublas, Finding cudnn) {
        String name = "convolution";
        if (devices.first() < 0) {
            return List.of(Finding.note(name, "not tried, as no device works"));
        }
        if (!isOk(cublas) || !isOk(cudnn)) {
            return List.of(
                    Finding.note(name, "not tried, as " + (isOk(cublas) ? "cuDNN" : "cuBLAS") + " is of no use"));
        }
        try {
            Answer answer = CudnnProbe.run(
                    new CudaOptions(
                            devices.first(),
                            CudaOptions.Launches.SYNCHRONISED,
                            CudaOptions.MemoryLayout.PACKED,
                            options.libraryFolders(),
                            CudaOptions.Products.FLOAT32,
                            CudaOptions.Libraries.WHEN_NEEDED),
                    CudnnProbe.Extent.TRIALS,
                    time.share());
            return new ConvolutionFindings(name, devices.first()).of(answer);
        } catch (UnusableDeviceException | CudaCallError refused) {
            return List.of(Finding.problem(name, DeviceCheck.problem(refused)));
        }
    }

    private CudnnParts.Front front(Finding cudnn) {
        if (cudnn.path().isEmpty() && !isOk(cudnn)) {
            return CudnnParts.Front.MISSING;
        }
        return devices.areEmulated() ? CudnnParts.Front.EMULATED : CudnnParts.Front.REAL;
    }

    private Finding jcuda(boolean loadsDriver) {
        String name = "JCuda";
        List<String> missing = Stream.of(
                        CudaNatives.jcudaFile(), NvidiaLibrary.CUBLAS.jcudaFile(), NvidiaLibrary.CUDNN.jcudaFile())
                .filter(file -> JCudaVersion.class.getResource(file) == null)
                .toList();
        if (!missing.isEmpty()) {
            return Finding.problem(
                    name,
                    String.join(" and ", missing) + " not on the class path",
                    "install mamba-pkd again, with all of its folder lib");
        }
        if (loadsDriver && loadsJcublas && loadsJcudnn) {
            return Finding.ok(name, JCudaVersion.get() + ", its three libraries load")
                    .at("", JCudaVersion.get());
        }
        return Finding.note(
                        name,
                        JCudaVersion.get()
                                + " is complete, but what it calls of NVIDIA's is not: see driver, cuBLAS and"
                                + " cuDNN")
                .at("", JCudaVersion.get());
    }

    private static boolean isOk(Finding finding) {
        return !finding.isProblem() && finding.verdict() == Finding.Verdict.OK;
    }
}
