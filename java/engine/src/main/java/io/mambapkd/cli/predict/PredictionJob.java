package io.mambapkd.cli.predict;

import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.data.formats.BadImageException;
import io.mambapkd.data.inputs.ImageDecoder;
import io.mambapkd.data.inputs.ImageInputs;
import io.mambapkd.data.inputs.InputImage;
import io.mambapkd.results.Prediction;
import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Budget;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.terminal.ProgressDisplay;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Classifies all images of the inputs, in their order. */
final class PredictionJob {
    private static final String STAGE = "classifying";
    private static final int MOST_NAMED = 20;
    private static final double NANOS = 1e9;

    /** Where the lines go. */
    interface Output {
        /** Returns whether the reader wants more. */
        boolean print(String lines) throws IOException;
    }

    /**
     * What became of a batch.
     *
     * @param unreadable sentences
     */
    private record Outcome(String lines, PredictionCounts counts, List<String> unreadable) {}

    private final AnytimeClassifier classifier;
    private final Budget budget;
    private final PredictionFormat.Lines lines;
    private final ImageDecoder decoder;
    private final ProgressDisplay display;
    private final boolean showsProgress;
    private final PredictionCounts counts;
    private final long start = System.nanoTime();
    private boolean shown;

    /**
     * @param display hears of what cannot be read
     * @param showsProgress whether it hears how far the work is, too
     */
    PredictionJob(
            AnytimeClassifier classifier,
            Budget budget,
            PredictionFormat format,
            ProgressDisplay display,
            boolean showsProgress) {
        this.classifier = classifier;
        this.budget = budget;
        this.lines = format.lines(classifier);
        this.decoder = new ImageDecoder(shape(classifier));
        this.display = display;
        this.showsProgress = showsProgress;
        counts = new PredictionCounts(classifier);
    }

    static ImageShape shape(AnytimeClassifier classifier) {
        return new ImageShape(classifier.height(), classifier.width(), classifier.channels());
    }

    /**
     * Does the work.
     *
     * @return whether the output took all
     */
    boolean run(ImageInputs inputs, int threads, Output output, StopSignal stop) throws IOException {
        ImagePipeline<Outcome> pipeline = new ImagePipeline<>(threads, this::classify, stop::stopIfAsked);
        // The heading waits for the first outcome: an input that is refused as a whole leaves nothing behind.
        String[] heading = {lines.heading()};
        boolean[] isOpen = {true};
        pipeline.<IOException>run(sink -> inputs.each(pipeline.memory(), sink), outcome -> {
            isOpen[0] = output.print(heading[0] + outcome.lines());
            heading[0] = "";
            count(outcome);
            return isOpen[0];
        });
        return isOpen[0] && output.print(heading[0]);
    }

    private void count(Outcome outcome) {
        long named = counts.unreadableFiles();
        for (String sentence : outcome.unreadable()) {
            if (named++ < MOST_NAMED) {
                display.note(sentence);
            }
        }
        counts.add(outcome.counts());
        if (showsProgress) {
            if (!shown) {
                shown = true;
                display.stageStarted(STAGE);
            }
            double seconds = (System.nanoTime() - start) / NANOS;
            display.progress(STAGE, counts.images(), 0, Double.NaN, Double.NaN, counts.images() / seconds);
        }
    }

    private Outcome classify(List<InputImage> images) {
        StringBuilder text = new StringBuilder();
        PredictionCounts batch = new PredictionCounts(classifier);
        List<String> unreadable = new ArrayList<>();
        for (InputImage image : images) {
            ImageDecoder.Decoded decoded;
            try {
                decoded = decoder.decode(image);
            } catch (BadImageException e) {
                batch.unreadable();
                unreadable.add("cannot read " + image.name() + ": it is " + e.getMessage());
                continue;
            }
            Answer answer = classifier.classify(decoded.pixels(), budget);
            batch.classified(answer, decoded.isChanged());
            lines.add(
                    text,
                    new Prediction(
                            image.name(),
                            answer.label(),
                            answer.className(),
                            answer.confidence(),
                            answer.students(),
                            answer.flops()));
        }
        return new Outcome(text.toString(), batch, unreadable);
    }

    /** Of what was taken so far. */
    PredictionCounts counts() {
        return counts;
    }

    /** Says what there is to say of all: notes, how many more files cannot be read, and a line on the whole. */
    void end(ImageInputs inputs) {
        display.clear();
        inputs.notes().forEach(note -> display.note("note: " + note));
        String changed = counts.note(shape(classifier));
        if (!changed.isEmpty()) {
            display.note("note: " + changed);
        }
        long more = counts.unreadableFiles() - MOST_NAMED;
        if (more > 0) {
            display.note("cannot read " + more + " more");
        }
        display.note(counts.summary(classifier, System.nanoTime() - start));
    }
}
