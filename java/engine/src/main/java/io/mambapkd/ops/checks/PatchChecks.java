package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.Tensor;

/** What patches and positions demand of their arguments on every backend. */
public final class PatchChecks {
    private PatchChecks() {}

    /** Refuses what {@link io.mambapkd.ops.PatchOps#tokens} and its gradient do not take. */
    public static void tokens(String name, Cut cut, int size, Tensor images, Tensor tokens) {
        Checks.that(images.shape().rank() == 4, name, "images must have 4 axes (B, H, W, C) but are " + images);
        int[] shape = images.shape().toArray();
        Checks.that(size >= 1, name, "the size of a token must be at least 1 but is " + size);
        int down = (shape[1] - 1) / size + 1;
        int across = (shape[2] - 1) / size + 1;
        int length = (cut == Cut.COLUMNS ? 1 : down) * (cut == Cut.ROWS ? 1 : across);
        // As a double, which the cast saturates: a product beyond int is no tensor's extent.
        double pixels = (double) size * (cut == Cut.ROWS ? shape[2] : cut == Cut.COLUMNS ? shape[1] : size);
        Checks.shape(name, "images", images, shape);
        Checks.shape(name, "tokens", tokens, shape[0], length, (int) (pixels * shape[3]));
    }

    /** Refuses what {@link io.mambapkd.ops.PatchOps#reorder} does not take. */
    public static void reorder(int rows, int columns, Tensor x, Tensor y) {
        String name = "reorder";
        int[] shape = x.shape().toArray();
        Checks.that(shape.length == 3, name, "x must have 3 axes (B, L, M) but is " + x);
        Checks.that(
                rows >= 1 && columns >= 1 && (long) rows * columns == shape[1],
                name,
                "x must have " + rows + " * " + columns + " tokens but is " + x);
        Checks.shape(name, "x", x, shape);
        Checks.shape(name, "y", y, shape);
        Checks.that(
                x.memory() != y.memory()
                        || Math.abs(x.offset() - y.offset()) >= x.shape().elements(),
                name,
                "y must not overlap x, which is " + x);
    }

    /** Refuses what {@link io.mambapkd.ops.PatchOps#addPosition} does not take. */
    public static void addPosition(Tensor x, Tensor position) {
        positions("add_position", "x", x, "position", position);
    }

    /** Refuses what {@link io.mambapkd.ops.PatchOps#positionGradient} does not take. */
    public static void positionGradient(Tensor dx, Tensor dPosition) {
        positions("position_gradient", "dx", dx, "dPosition", dPosition);
    }

    private static void positions(String operation, String role, Tensor x, String positionRole, Tensor position) {
        int[] shape = x.shape().toArray();
        Checks.that(shape.length == 3, operation, role + " must have 3 axes (B, L, M) but is " + x);
        Checks.shape(operation, role, x, shape);
        Checks.shape(operation, positionRole, position, shape[1], shape[2]);
    }
}
