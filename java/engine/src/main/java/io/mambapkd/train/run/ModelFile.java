package io.mambapkd.train.run;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.Descriptions;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.results.DataRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.Sha256;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Writes model.json, which makes the run folder a model that the runtime loads. */
final class ModelFile {
    private ModelFile() {}

    /**
     * @param group the students that are finished, in the order of the settings
     * @param teacherFlops of the teacher for one image
     */
    static void write(RunContext context, GroupEvaluator.Result group, long teacherFlops) {
        ChainDescription description = description(context, group, teacherFlops);
        DurableFiles.write(context.folder().model(), description.json().getBytes(StandardCharsets.UTF_8));
    }

    private static ChainDescription description(RunContext context, GroupEvaluator.Result group, long teacherFlops) {
        DataRecord data = context.parts().identity().data();
        ImageShape image = context.testImages().shape();
        return new ChainDescription(
                image.height(),
                image.width(),
                image.channels(),
                data.classNames(),
                perChannel(data.mean(), image.channels()),
                perChannel(data.standardDeviation(), image.channels()),
                teacherFlops,
                members(context, group.students()),
                new ExitRule(ExitRule.Kind.CONFIDENCE, group.chosenThreshold()),
                List.of(),
                List.of());
    }

    private static List<Float> perChannel(List<Float> values, int channels) {
        return values.size() == channels ? values : Collections.nCopies(channels, values.get(0));
    }

    private static List<ChainDescription.Member> members(RunContext context, List<RunSummary.Student> rows) {
        RunSpec spec = context.spec();
        Scheme scheme = spec.student().scheme();
        double blend = spec.student().blend();
        RunFolder folder = context.folder();
        List<ChainDescription.Member> members = new ArrayList<>();
        for (StudentSpec student : spec.models().subList(0, rows.size())) {
            int number = members.size() + 1;
            Path file = folder.student(number, student.name());
            members.add(new ChainDescription.Member(
                    Descriptions.of(student),
                    folder.path().relativize(file).toString().replace('\\', '/'),
                    sha256(file),
                    rows.get(number - 1).flops(),
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
