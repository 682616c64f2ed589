package io.mambapkd.train.plan;

import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.data.SplitKind;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Black images of any number and size, and settings for them. */
final class Data {
    private Data() {}

    static Dataset of(int training, int height, int width) {
        ImageShape shape = new ImageShape(height, width, 1);
        return new Dataset(
                "black",
                images(shape, training),
                images(shape, 4),
                images(shape, 4),
                List.of(0f),
                List.of(1f),
                IntStream.range(0, 3).mapToObj(Integer::toString).toList(),
                SplitKind.LAST,
                List.of());
    }

    private static ImageSet images(ImageShape shape, int count) {
        return new ImageSet(shape, 3, new byte[count * shape.elements()], new byte[count]);
    }

    /** The demo's settings with others over them. */
    static RunSpec spec(String... settings) {
        return RunSpecYaml.preset(
                "mnist-demo",
                Stream.of(settings).map(text -> Setting.parse("--set", text)).toList());
    }

    static List<String> flags(String sentence) {
        return java.util.regex.Pattern.compile("--set '?([^ ']+)")
                .matcher(sentence)
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
