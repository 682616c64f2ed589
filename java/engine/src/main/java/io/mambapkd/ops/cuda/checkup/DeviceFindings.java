package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.Problem;
import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a process said of the driver and of each device. */
final class DeviceFindings {
    private static final double GIBIBYTE = 1L << 30;

    private int first = -1;
    private boolean emulated;
    private String description = "";

    /** The first device that works; -1 if there is none. */
    int first() {
        return first;
    }

    /** Whether the driver has no hardware behind it. */
    boolean areEmulated() {
        return emulated;
    }

    /** Of that; empty if there is none. */
    String description() {
        return description;
    }

    /** Driver, devices, target of the kernels. */
    List<Finding> of(Answer answer) {
        List<Finding> findings = new ArrayList<>();
        String path = answer.value("path");
        String version = answer.value("version");
        Problem reason = reason(answer);
        emulated = answer.value("emulated").equals("true");
        if (version.isEmpty()) {
            findings.add(Finding.problem("driver", reason).at(path, version));
            findings.add(Finding.note("device", "none was looked for, as the driver is of no use"));
        } else {
            findings.add(Finding.ok("driver", "for CUDA " + version + (path.isEmpty() ? "" : ", " + path))
                    .at(path, version));
            devices(answer, reason, findings);
        }
        findings.add(target(answer));
        return findings;
    }

    /** Why the process did not come to its end. */
    private static Problem reason(Answer answer) {
        if (!answer.value("refused").isEmpty()) {
            return answer.problem("refused");
        }
        return new Problem(
                "a process that asked it " + answer.failure(),
                answer.late() ? Answer.MORE_TIME : "install the NVIDIA driver again, or use --device cpu");
    }

    private void devices(Answer answer, Problem reason, List<Finding> findings) {
        int count = answer.value("devices").isEmpty() ? 0 : Integer.parseInt(answer.value("devices"));
        for (int i = 0; i < count && first < 0; i++) {
            first = answer.value("device." + i + ".works").isEmpty() ? -1 : i;
        }
        if (count == 0) {
            findings.add(Finding.problem("device", reason));
        }
        for (int i = 0; i < count; i++) {
            findings.add(device(answer, i, reason));
        }
    }

    private Finding device(Answer answer, int index, Problem reason) {
        String key = "device." + index + ".";
        String name = "device " + index;
        if (answer.value(key + "works").isEmpty()) {
            Problem refused = answer.problem(key + "refused");
            Problem problem = refused.text().isEmpty() ? reason : refused;
            return first < 0 ? Finding.problem(name, problem) : Finding.note(name, problem);
        }
        int capability = Integer.parseInt(answer.value(key + "capability"));
        String what = answer.value(key + "name") + ", compute capability " + capability / 10 + "." + capability % 10;
        if (index == first) {
            description = what + ", driver for CUDA " + answer.value("version")
                    + (emulated ? ", an emulation without hardware" : "");
        }
        long total = Long.parseLong(answer.value(key + "total"));
        long free = Long.parseLong(answer.value(key + "free"));
        String mode = answer.value(key + "mode");
        String text = what
                + String.format(Locale.ROOT, ", %.1f of %.1f GiB free", free / GIBIBYTE, total / GIBIBYTE)
                + (mode.isEmpty() || mode.equals("default") ? "" : ", compute mode " + mode)
                + (emulated ? ", an emulation without hardware" : "");
        return free < total / 2
                ? Finding.note(name, new Problem(text, "other processes use it, nvidia-smi lists them"))
                : Finding.ok(name, text);
    }

    private Finding target(Answer answer) {
        if (first < 0) {
            return Finding.note("PTX", "no target was chosen, as no device works");
        }
        return Finding.ok(
                "PTX",
                "compute_" + answer.value("device." + first + ".target") + " or older for device " + first
                        + ", which its driver compiles");
    }
}
