package io.mambapkd.report;

import io.mambapkd.results.ReportData;
import io.mambapkd.results.ReportData.Chain;
import io.mambapkd.results.ReportData.Sample;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** Test images with what teacher and students said about them. */
final class SampleGallery {
    private final Markup html;
    private final ReportData data;
    private final Map<Integer, String> pictures;

    SampleGallery(Markup html, ReportData data) {
        this.html = html;
        this.data = data;
        this.pictures = Thumbnails.of(data.samples().stream()
                .map(sample -> new Thumbnails.Source(sample.index(), sample.pixels(), sample.shape()))
                .toList());
    }

    void write() {
        if (data.summary().students().isEmpty()) {
            writeGroup("Right", sample -> sample.teacherPrediction() == sample.label());
            writeGroup("Wrong", sample -> sample.teacherPrediction() != sample.label());
            return;
        }
        writeGroup("Easy: right at the first student", sample -> isRight(sample) && stop(sample) == 1);
        writeGroup("Harder: right after more students", sample -> isRight(sample) && stop(sample) != 1);
        writeGroup("Wrong", sample -> !isRight(sample));
    }

    private static boolean isRight(Sample sample) {
        Chain chain = sample.chain();
        return (chain == null ? sample.teacherPrediction() : chain.prediction()) == sample.label();
    }

    private static int stop(Sample sample) {
        Chain chain = sample.chain();
        return chain == null ? 0 : chain.stop();
    }

    private void writeGroup(String heading, Predicate<Sample> predicate) {
        List<Sample> samples = data.samples().stream().filter(predicate).toList();
        if (samples.isEmpty()) {
            return;
        }
        html.element("h3", heading).open("div", "class", "gallery");
        samples.forEach(this::writeSample);
        html.close();
    }

    private void writeSample(Sample sample) {
        String label = data.shortClassName(sample.label());
        html.open("figure")
                .leaf(
                        "img",
                        "src",
                        Objects.requireNonNull(pictures.get(sample.index())),
                        "alt",
                        "test image " + sample.index() + ", " + label,
                        "title",
                        "test image " + sample.index())
                .open("figcaption")
                .element("strong", label);
        Chain chain = sample.chain();
        if (chain != null) {
            writeAnswer(
                    "chain",
                    chain.prediction(),
                    sample.label(),
                    String.format(Locale.ROOT, ", stop %d, p\u00a0%.2f", chain.stop(), chain.confidence()));
            writeAnswer("group", chain.groupPrediction(), sample.label(), "");
        }
        writeAnswer("teacher", sample.teacherPrediction(), sample.label(), "");
        html.close().close();
    }

    private void writeAnswer(String who, int prediction, int label, String detail) {
        boolean right = prediction == label;
        html.open("span", "class", right ? "answer" : "answer wrong")
                .text(who + ": " + data.shortClassName(prediction) + (right ? "" : " \u2717") + detail)
                .close();
    }
}
