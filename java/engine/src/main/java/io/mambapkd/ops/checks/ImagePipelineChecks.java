package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What the image pipeline demands of its arguments on every backend. */
public final class ImagePipelineChecks {
    private ImagePipelineChecks() {}

    /** Refuses what {@link ImagePipelineOps#sampleOrder} does not take. Returns the number of rows. */
    public static int sampleOrder(int count, Tensor step, Tensor samples, Tensor epoch) {
        int rows = rows("sample_order", samples);
        Checks.that(
                count >= rows, "sample_order", "a batch of " + rows + " cannot be drawn from " + count + " samples");
        Checks.integers("sample_order", "step", step, 1);
        Checks.integers("sample_order", "epoch", epoch, 1);
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#affineMaps} does not take. Returns the number of rows. */
    public static int affineMaps(Tensor stream, Tensor samples, Tensor maps) {
        int rows = rows("affine_maps", samples);
        Checks.integers("affine_maps", "stream", stream, 1);
        Checks.shape("affine_maps", "maps", maps, rows, ImagePipelineOps.MAP);
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#chooseCopies} does not take. Returns the number of rows. */
    public static int chooseCopies(int count, Tensor epoch, Tensor samples, Tensor copies) {
        int rows = rows("choose_copies", samples);
        Checks.that(count >= 1, "choose_copies", "there must be at least 1 copy to choose, got " + count);
        Checks.integers("choose_copies", "epoch", epoch, 1);
        Checks.integers("choose_copies", "copies", copies, rows);
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#images} does not take. Returns the number of rows. */
    public static int images(Tensor source, @Nullable Tensor copies, Tensor samples, Tensor images) {
        int rows = rows("images", samples);
        Checks.that(source.shape().rank() == 5, "images", "source must have 5 axes (V, S, H, W, C) but is " + source);
        Checks.bytes("images", "source", source, source.shape().toArray());
        if (copies != null) {
            Checks.integers("images", "copies", copies, rows);
        }
        Checks.shape("images", "images", images, batchOf(rows, source, 2));
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#augmentedImages} does not take. Returns the number of rows. */
    public static int augmentedImages(Tensor source, Tensor samples, Tensor maps, Tensor images) {
        int rows = mapped("augmented_images", source, samples, maps);
        Checks.shape("augmented_images", "images", images, batchOf(rows, source, 1));
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#augmentedPixels} does not take. Returns the number of rows. */
    public static int augmentedPixels(Tensor source, Tensor samples, Tensor maps, Tensor pixels) {
        int rows = mapped("augmented_pixels", source, samples, maps);
        Checks.bytes("augmented_pixels", "pixels", pixels, batchOf(rows, source, 1));
        return rows;
    }

    private static int mapped(String operation, Tensor source, Tensor samples, Tensor maps) {
        int rows = rows(operation, samples);
        Checks.that(source.shape().rank() == 4, operation, "source must have 4 axes (S, H, W, C) but is " + source);
        Checks.bytes(operation, "source", source, source.shape().toArray());
        Checks.shape(operation, "maps", maps, rows, ImagePipelineOps.MAP);
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#labels} does not take. Returns the number of rows. */
    public static int labels(Tensor source, Tensor samples, Tensor labels) {
        int rows = rows("labels", samples);
        Checks.that(source.shape().rank() == 1, "labels", "source must have 1 axis (S) but is " + source);
        Checks.bytes("labels", "source", source, source.shape().extent(0));
        Checks.integers("labels", "labels", labels, rows);
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#rows} does not take. Returns the number of rows. */
    public static int rows(Tensor source, @Nullable Tensor copies, Tensor samples, Tensor target) {
        return rowsOf("rows", "source", source, copies, samples, target);
    }

    /** Refuses what {@link ImagePipelineOps#mixRows} does not take. Returns the number of rows. */
    public static int mixRows(Tensor source, @Nullable Tensor copies, Tensor samples, Tensor target) {
        return rowsOf("mix_rows", "target", target, copies, samples, source);
    }

    private static int rowsOf(
            String operation, String name, Tensor table, @Nullable Tensor copies, Tensor samples, Tensor batch) {
        int rows = rows(operation, samples);
        Checks.that(table.shape().rank() == 3, operation, name + " must have 3 axes (V, S, K) but is " + table);
        Checks.shape(operation, name, table, table.shape().toArray());
        if (copies != null) {
            Checks.integers(operation, "copies", copies, rows);
        }
        Checks.shape(operation, "rows", batch, rows, table.shape().last());
        return rows;
    }

    private static int rows(String operation, Tensor samples) {
        Checks.that(samples.shape().rank() == 1, operation, "samples must have 1 axis (B) but is " + samples);
        int rows = samples.shape().extent(0);
        Checks.integers(operation, "samples", samples, rows);
        return rows;
    }

    /** The shape of {@code rows} items of {@code source}, whose first {@code leading} axes count them. */
    private static int[] batchOf(int rows, Tensor source, int leading) {
        int[] shape = source.shape().toArray();
        int[] batch = Arrays.copyOfRange(shape, leading - 1, shape.length);
        batch[0] = rows;
        return batch;
    }
}
