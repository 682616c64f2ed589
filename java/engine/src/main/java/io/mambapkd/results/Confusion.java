package io.mambapkd.results;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Test images of one class that were taken for another.
 *
 * @param label true class
 * @param answer class that they were taken for, another than {@code label}
 * @param count number of these images, at least 1
 * @param classImages number of test images of the true class
 */
public record Confusion(int label, int answer, int count, int classImages) {
    /** Share of the true class's test images, in 0..1. */
    public double share() {
        return (double) count / classImages;
    }

    /**
     * All confusions that occur, the most frequent first; of equally frequent ones the one of the smaller label first, then that of the smaller answer.
     *
     * @param counts (K, K), row = label, column = answer
     */
    public static List<Confusion> all(List<List<Integer>> counts) {
        List<Confusion> confusions = new ArrayList<>();
        for (int label = 0; label < counts.size(); label++) {
            List<Integer> row = counts.get(label);
            int images = row.stream().mapToInt(Integer::intValue).sum();
            for (int answer = 0; answer < row.size(); answer++) {
                if (label != answer && row.get(answer) > 0) {
                    confusions.add(new Confusion(label, answer, row.get(answer), images));
                }
            }
        }
        confusions.sort(Comparator.comparingInt(Confusion::count).reversed());
        return confusions;
    }

    /** The first {@code most} of {@link #all}. */
    public static List<Confusion> worst(List<List<Integer>> counts, int most) {
        return all(counts).stream().limit(most).toList();
    }
}
