package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
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
        List<String> refused = values(answer, CudnnProbe.REFUSED);
        if (refused.isEmpty()) {
            findings.add(
                    Finding.ok(name, "cuDNN computes those of the presets and their gradients on device " + device));
        }
        refused.forEach(message -> findings.add(Finding.problem(name, message)));
        values(answer, CudnnProbe.FALLBACK).forEach(text -> findings.add(Finding.note(name + " fallback", text)));
        values(answer, CudnnProbe.SELDOM)
                .forEach(message -> findings.add(Finding.note(
                        name + " of no preset",
                        message.replace(CudnnStatus.OTHER_LIBRARY, ", which no preset needs"))));
        return findings;
    }

    private static List<String> values(Answer answer, String key) {
        List<String> values = new ArrayList<>();
        for (String value = answer.value(key + 0); !value.isEmpty(); value = answer.value(key + values.size())) {
            values.add(value);
        }
        return values;
    }
}
