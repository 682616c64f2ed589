package io.mambapkd.data;

import io.mambapkd.image.Normalisation;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A classification task, split.
 *
 * @param name {@code mnist}, {@code fashion-mnist}, or the folder's name
 * @param training what models learn from
 * @param calibration what early exits are certified on, and no other choice is made on; empty where none are asked for
 * @param validation what every other choice is made on
 * @param test evaluated once, at the end
 * @param mean mean of the pixels over 255, subtracted: a number for each channel, or one for all
 * @param standardDeviation of the pixels over 255, divided by: as many
 * @param classNames K names, for reports
 * @param split how the validation images were chosen: last or stratified
 * @param notes what the user must know about the data, each a sentence with its remedy
 */
public record Dataset(
        String name,
        ImageSet training,
        Optional<ImageSet> calibration,
        ImageSet validation,
        ImageSet test,
        List<Float> mean,
        List<Float> standardDeviation,
        List<String> classNames,
        SplitKind split,
        List<String> notes) {
    public Dataset {
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        classNames = List.copyOf(classNames);
        notes = List.copyOf(notes);
    }

    /** Without calibration images. */
    public Dataset(
            String name,
            ImageSet training,
            ImageSet validation,
            ImageSet test,
            List<Float> mean,
            List<Float> standardDeviation,
            List<String> classNames,
            SplitKind split,
            List<String> notes) {
        this(name, training, Optional.empty(), validation, test, mean, standardDeviation, classNames, split, notes);
    }

    /** Number of calibration images; 0 where there are none. */
    public int calibrationImages() {
        return calibration.map(ImageSet::size).orElse(0);
    }

    /** What models see of a pixel. */
    public Normalisation normalisation() {
        return Normalisation.of(mean, standardDeviation);
    }

    /** The same data with these notes before those that there are. */
    Dataset noting(List<String> more) {
        return noted(Stream.concat(more.stream(), notes.stream()).toList());
    }

    /** The same data with these notes alone. */
    Dataset noted(List<String> sentences) {
        return new Dataset(
                name, training, calibration, validation, test, mean, standardDeviation, classNames, split, sentences);
    }

    /**
     * The same data for models that know these classes, which may be more, or in another order: classes are found by their names.
     *
     * @return nothing where a class is not among them
     */
    public Optional<Dataset> withClasses(List<String> known) {
        if (new HashSet<>(classNames).size() < classNames.size() || !new HashSet<>(known).containsAll(classNames)) {
            return Optional.empty();
        }
        int[] labelOf = classNames.stream().mapToInt(known::indexOf).toArray();
        return Optional.of(new Dataset(
                name,
                training.relabelled(labelOf, known.size()),
                calibration.map(images -> images.relabelled(labelOf, known.size())),
                validation.relabelled(labelOf, known.size()),
                test.relabelled(labelOf, known.size()),
                mean,
                standardDeviation,
                known,
                split,
                notes));
    }

    /** The same images, shown to models with another mean and standard deviation: those that the models were trained with. */
    public Dataset shownAs(List<Float> otherMean, List<Float> otherDeviation) {
        return new Dataset(
                name, training, calibration, validation, test, otherMean, otherDeviation, classNames, split, notes);
    }
}
