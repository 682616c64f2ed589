package io.mambapkd.ops.cpu.threads;

import java.util.Arrays;

/**
 * One row of sums for each task, added in the order of the tasks: the result does not depend on which thread ran which. Grows to what was
 * asked of it once, then stays.
 */
public final class Partials {
    private static final int COLUMNS_PER_TASK = 1 << 14;

    private float[] sums = {};
    private int width;
    private int tasks;

    /** Makes room for {@code newTasks} rows of {@code newWidth} sums, all 0. Returns the array; row t starts at t * newWidth. */
    public float[] reset(int newTasks, int newWidth) {
        unset(newTasks, newWidth);
        Arrays.fill(sums, 0, tasks * width, 0f);
        return sums;
    }

    /** The same with undefined contents, for tasks that write a row before they add to it. */
    public float[] unset(int newTasks, int newWidth) {
        tasks = newTasks;
        width = newWidth;
        int size = Math.multiplyExact(tasks, width);
        if (sums.length < size) {
            sums = new float[size];
        }
        return sums;
    }

    /** Adds all rows to the first one and returns the array: the totals are its first {@code newWidth} elements. */
    public float[] total() {
        for (int task = 1; task < tasks; task++) {
            int from = task * width;
            for (int j = 0; j < width; j++) {
                sums[j] += sums[from + j];
            }
        }
        return sums;
    }

    /** As {@link #total()}, on several threads. */
    public float[] total(CpuExecutor executor) {
        RowSplit columns = new RowSplit(width, COLUMNS_PER_TASK);
        executor.run(columns.tasks(), (block, scratch) -> {
            for (int task = 1; task < tasks; task++) {
                int from = task * width;
                for (int j = columns.first(block); j < columns.end(block); j++) {
                    sums[j] += sums[from + j];
                }
            }
        });
        return sums;
    }

    /** {@code target[at + j] += totals[first + j]}, after {@link #total}. */
    public void addTo(float[] target, int at, int first, int count) {
        for (int j = 0; j < count; j++) {
            target[at + j] += sums[first + j];
        }
    }
}
