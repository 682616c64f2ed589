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
        boolean fits =
                size >= 1 && (cut == Cut.COLUMNS || shape[1] % size == 0) && (cut == Cut.ROWS || shape[2] % size == 0);
        Checks.that(fits, name, "tokens of " + size + " " + cut + " do not divide images " + images);
        int length = switch (cut) {
            case ROWS -> shape[1] / size;
            case COLUMNS -> shape[2] / size;
            case PATCHES -> shape[1] / size * (shape[2] / size);
        };
        Checks.shape(name, "images", images, shape);
        Checks.shape(name, "tokens", tokens, shape[0], length, shape[1] * shape[2] * shape[3] / length);
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
