package io.mambapkd.cli.commands;

import io.mambapkd.PlainText;
import io.mambapkd.cli.session.PackingProgress;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.data.ImageSet;
import io.mambapkd.train.settings.RunSpec;
import java.io.PrintWriter;
import java.util.BitSet;
import java.util.stream.Collectors;

/** Opens the data of a command, and tells the user what is to know about them. */
final class OpenedData {
    private static final int MOST_NAMED = 5;

    private OpenedData() {}

    /**
     * @param threads that images are decoded on
     * @param err gets the notes
     * @param stopIfAsked throws where that is to end
     */
    static Dataset open(RunSpec spec, int threads, PrintWriter err, Runnable stopIfAsked) {
        Dataset dataset;
        try (PackingProgress progress = new PackingProgress(err, stopIfAsked)) {
            dataset = Datasets.open(spec.data(), threads, progress);
        }
        dataset.notes().forEach(note -> err.println("note: " + PlainText.line(note)));
        noteClassesLeftOut(
                dataset,
                dataset.training(),
                "training",
                "teacher.images",
                spec.teacher().images(),
                err);
        noteClassesLeftOut(
                dataset,
                dataset.training(),
                "training",
                "student.images",
                spec.student().images(),
                err);
        noteClassesLeftOut(dataset, dataset.test(), "test", "testImages", spec.testImages(), err);
        return dataset;
    }

    /** Files in the order of their classes, of which a setting takes the first images alone. */
    private static void noteClassesLeftOut(
            Dataset dataset, ImageSet set, String name, String setting, int first, PrintWriter err) {
        if (first == 0 || first >= set.size()) {
            return;
        }
        BitSet absent = new BitSet();
        for (int i = 0; i < set.size(); i++) {
            absent.set(set.label(i));
        }
        for (int i = 0; i < first; i++) {
            absent.clear(set.label(i));
        }
        if (!absent.isEmpty()) {
            String names = absent.stream()
                    .limit(MOST_NAMED)
                    .mapToObj(c -> PlainText.name(dataset.classNames().get(c)))
                    .collect(Collectors.joining(", "));
            err.println("note: " + (absent.cardinality() == 1 ? "class " : "classes ") + names
                    + (absent.cardinality() > MOST_NAMED ? ", ..." : "")
                    + (absent.cardinality() == 1 ? " does" : " do") + " not occur in the first " + first + " of the "
                    + set.size() + " " + name + " images, which are all that " + setting
                    + " lets in; take all with --set " + setting + "=0");
        }
    }
}
