package io.mambapkd.report;

import java.util.List;

/** What "Mamba base PKD for efficient knowledge compression" (arXiv 2503.01727) reports for MNIST, in its abstract. */
final class PaperFigures {
    static final String NAME = "arXiv 2503.01727";
    static final String ADDRESS = "https://arxiv.org/abs/2503.01727";

    /**
     * One of its points.
     *
     * @param flopsRatio against its own teacher, whose size differs from ours
     */
    record Point(String name, double flopsRatio, double accuracy) {}

    static final Point WEAKEST = new Point("weakest student", 0.01, 0.72);
    static final Point GROUP = new Point("group of seven", 0.63, 0.98);
    static final Point TEACHER = new Point("teacher", 1, 0.98);

    private PaperFigures() {}

    /** Its points on a data set; none where it has none. */
    static List<Point> of(String dataset) {
        return dataset.equals("mnist") ? List.of(WEAKEST, GROUP, TEACHER) : List.of();
    }
}
