package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.MambaStudent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a chain says of images, from its checkpoints, so that what is reported is what was saved. */
final class ChainPredictions {
    private ChainPredictions() {}

    /**
     * Loads one student after the other and evaluates it on all sets.
     *
     * @param scheme by which students join
     * @param students in the order of the chain
     * @param sets of images of one shape
     * @param seen hears of each student while it is loaded
     * @return predictions on each set
     */
    static List<GroupPredictions> of(
            RunContext context,
            Scheme scheme,
            List<GroupEvaluator.SavedStudent> students,
            List<ImageSet> sets,
            Consumer<Classifier> seen) {
        double blend = context.spec().student().blend();
        List<GroupPredictions> predictions = new ArrayList<>();
        sets.forEach(set -> predictions.add(new GroupPredictions(set.labels(), set.classes())));
        ImageSet any = sets.get(0);
        for (int k = 0; k < students.size(); k++) {
            GroupEvaluator.SavedStudent member = students.get(k);
            double keep = scheme.ensembleWeight(k + 1, blend);
            double weight = scheme.studentWeight(k + 1, blend);
            try (Classifier student = new MambaStudent(
                    context.backend(),
                    member.spec(),
                    any.shape(),
                    any.classes(),
                    context.spec().student().batch())) {
                Checkpoint.load(member.checkpoint(), student.parameters(), context.backend(), context.listener()::note);
                for (int i = 0; i < sets.size(); i++) {
                    GroupPredictions group = predictions.get(i);
                    group.join(context.logits(student, sets.get(i), group), keep, weight);
                }
                seen.accept(student);
            }
        }
        return predictions;
    }
}
