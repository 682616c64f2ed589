package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.Problem;
import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess.Answer;
import java.util.ArrayList;
import java.util.List;

/** What the {@linkplain ConvolutionTrials trials} of a {@link CudnnProbe} say of cuDNN. */
final class ConvolutionFindings {
    private final String name;
    private final int device;

    /** @param device index of that on which they ran */
    ConvolutionFindings(String name, int device) {
        this.name = name;
        this.device = device;
    }

    /** One of all convolutions together, then one for each fallback and for each of those that no preset has and cuDNN refuses. */
    List<Finding> of(Answer answer) {
        List<Finding> findings = new ArrayList<>();
        List<Problem> refused = problems(answer, CudnnProbe.REFUSED);
        if (refused.isEmpty()) {
            findings.add(
                    Finding.ok(name, "cuDNN computes those of the presets and their gradients on device " + device));
        }
        refused.forEach(problem -> findings.add(Finding.problem(name, problem)));
        problems(answer, CudnnProbe.FALLBACK)
                .forEach(fallback -> findings.add(Finding.note(name + " fallback", fallback)));
        problems(answer, CudnnProbe.SELDOM)
                .forEach(problem ->
                        findings.add(Finding.note(name + " of no preset", problem.text() + ", which no preset needs")));
        return findings;
    }

    private static List<Problem> problems(Answer answer, String key) {
        List<Problem> problems = new ArrayList<>();
        while (!answer.value(key + problems.size()).isEmpty()) {
            problems.add(answer.problem(key + problems.size()));
        }
        return problems;
    }
}
