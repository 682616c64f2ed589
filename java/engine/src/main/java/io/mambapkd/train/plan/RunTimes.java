package io.mambapkd.train.plan;

import java.util.List;

/**
 * Seconds of the stages of a run.
 *
 * @param teacher its training, with its evaluations
 * @param caching of the copies and the teacher's logits on them
 * @param students a training each, with its evaluations and what the group says on all copies
 * @param evaluation at the end
 * @param controls all of them; 0 where there are none
 */
public record RunTimes(double teacher, double caching, List<Double> students, double evaluation, double controls) {
    public RunTimes {
        students = List.copyOf(students);
    }

    public double group() {
        return students.stream().mapToDouble(Double::doubleValue).sum();
    }

    public double total() {
        return teacher + caching + group() + evaluation + controls;
    }
}
