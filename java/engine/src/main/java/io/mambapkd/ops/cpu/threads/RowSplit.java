package io.mambapkd.ops.cpu.threads;

/**
 * Rows cut into tasks of equal size (the last may be shorter). The cut depends on the size of the problem alone.
 *
 * @param rows number of rows
 * @param rowsPerTask rows of a task, at least 1
 */
public record RowSplit(int rows, int rowsPerTask) {
    /** Tasks of about {@code elementsPerTask} elements, so that a task costs much more than its start. */
    public static RowSplit byElements(int rows, int columns, int elementsPerTask) {
        return new RowSplit(rows, Math.max(1, elementsPerTask / columns));
    }

    public int tasks() {
        return (rows + rowsPerTask - 1) / rowsPerTask;
    }

    public int first(int task) {
        return task * rowsPerTask;
    }

    /** One past the last row of a task. */
    public int end(int task) {
        return Math.min(rows, (task + 1) * rowsPerTask);
    }
}
