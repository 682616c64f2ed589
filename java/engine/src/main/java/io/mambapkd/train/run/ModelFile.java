package io.mambapkd.train.run;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.data.Orientation;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.Descriptions;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.DataRecord;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.Sha256;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.identity.CertifiedExits;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Describes the chain of a run for model.json, which makes the run folder a model that the runtime loads. */
final class ModelFile {
    private ModelFile() {}

    /**
     * Describes the chain of the students that are finished, without certified exits.
     *
     * @param students number of them, in the order of the settings
     * @param threshold of the largest probability that the run has chosen
     */
    static ChainDescription of(RunContext context, int students, double threshold) {
        DataRecord data = context.parts().identity().data();
        ImageShape image = context.testImages().shape();
        return new ChainDescription(
                image.height(),
                image.width(),
                image.channels(),
                orientation(context.spec().orientation()),
                data.classNames(),
                perChannel(data.mean(), image.channels()),
                perChannel(data.standardDeviation(), image.channels()),
                context.teacherFlops(),
                members(context, students),
                new ExitRule(ExitRule.Kind.CONFIDENCE, threshold),
                List.of(),
                List.of());
    }

    /** The hashes of the checkpoints of the first students. */
    static List<String> hashes(RunContext context, int students) {
        return members(context, students).stream()
                .map(ChainDescription.Member::sha256)
                .toList();
    }

    /** The same chain with certified exits. */
    static ChainDescription withExits(ChainDescription chain, CalibrationRecord calibration) {
        return new ChainDescription(
                chain.height(),
                chain.width(),
                chain.channels(),
                chain.orientation(),
                chain.classNames(),
                chain.mean(),
                chain.standardDeviation(),
                chain.teacherFlops(),
                chain.students(),
                chain.thresholdRule(),
                CertifiedExits.predictors(calibration),
                CertifiedExits.certificates(calibration));
    }

    private static ChainDescription.Orientation orientation(Orientation orientation) {
        return switch (orientation) {
            case NORMAL -> ChainDescription.Orientation.NORMAL;
            case TRANSPOSED -> ChainDescription.Orientation.TRANSPOSED;
        };
    }

    private static List<Float> perChannel(List<Float> values, int channels) {
        return values.size() == channels ? values : Collections.nCopies(channels, values.get(0));
    }

    private static List<ChainDescription.Member> members(RunContext context, int students) {
        RunSpec spec = context.spec();
        Scheme scheme = spec.student().scheme();
        double blend = spec.student().blend();
        RunFolder folder = context.folder();
        List<ChainDescription.Member> members = new ArrayList<>();
        for (StudentSpec student : spec.models().subList(0, students)) {
            int number = members.size() + 1;
            Path file = folder.student(number, student.name());
            members.add(new ChainDescription.Member(
                    Descriptions.of(student),
                    folder.path().relativize(file).toString().replace('\\', '/'),
                    sha256(file),
                    context.flops(student),
                    scheme.ensembleWeight(number, blend),
                    scheme.studentWeight(number, blend)));
        }
        return members;
    }

    private static String sha256(Path file) {
        try {
            return Sha256.hex(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + FileFailure.reason(e) + "; make it readable", e);
        }
    }
}
