package io.mambapkd.data;

import java.util.List;

/**
 * A classification task, split.
 *
 * @param name {@code mnist}, {@code fashion-mnist}, or the folder's name
 * @param training what models learn from
 * @param validation what every choice is made on
 * @param test evaluated once, at the end
 * @param mean mean of the pixels over 255, subtracted
 * @param standardDeviation of the pixels over 255, divided by
 * @param classNames K names, for reports
 */
public record Dataset(
        String name,
        ImageSet training,
        ImageSet validation,
        ImageSet test,
        float mean,
        float standardDeviation,
        List<String> classNames) {
    public Dataset {
        classNames = List.copyOf(classNames);
    }

    /** The same images, shown to models with another mean and standard deviation: those that the models were trained with. */
    public Dataset shownAs(float otherMean, float otherDeviation) {
        return new Dataset(name, training, validation, test, otherMean, otherDeviation, classNames);
    }
}
