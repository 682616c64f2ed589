package io.mambapkd.ops.checks;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.Checks;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What the image pipeline demands of its arguments on every backend. */
public final class ImagePipelineChecks {
    /** Most channels that are normalised by numbers of their own. */
    public static final int CHANNELS = 3;

    private ImagePipelineChecks() {}

    /** Refuses what {@link ImagePipelineOps#drawBatch} does not take. Returns the number of rows. */
    public static int drawBatch(
            ImagePipelineOps.Draw draw, Tensor step, ImagePipelineOps.Tables tables, ImagePipelineOps.Batch batch) {
        int rows = rows("draw_batch", batch.samples());
        Tensor labels = tables.labels();
        Checks.that(labels.shape().rank() == 1, "draw_batch", "the labels must have 1 axis (S) but are " + labels);
        int count = labels.shape().extent(0);
        Checks.bytes("draw_batch", "labels", labels, count);
        Checks.that(count >= rows, "draw_batch", "a batch of " + rows + " cannot be drawn from " + count + " samples");
        Checks.that(
                draw.copies() >= 1 && (draw.copies() == 1 || batch.copies() != null),
                "draw_batch",
                "there must be 1 copy, or more and a place for the choice, got " + draw.copies());
        Checks.integers("draw_batch", "step", step, 1);
        Checks.integers("draw_batch", "epoch", batch.epoch(), 1);
        Checks.integers("draw_batch", "labels of the batch", batch.labels(), rows);
        if (batch.copies() != null) {
            Checks.integers("draw_batch", "copies", batch.copies(), rows);
        }
        Tensor logits = batch.teacher() == null ? batch.ensemble() : batch.teacher();
        int width = logits == null ? 0 : logits.shape().last();
        int[] table = {draw.copies(), count, width};
        pair("teacher", tables.teacher(), table, batch.teacher(), rows, width);
        pair("ensemble", tables.ensemble(), table, batch.ensemble(), rows, width);
        pair("weights", tables.weights(), new int[] {count}, batch.weights(), rows);
        return rows;
    }

    /** A table and its part of a batch: both or none. */
    private static void pair(
            String name, @Nullable Tensor table, int[] tableShape, @Nullable Tensor batch, int... batchShape) {
        Checks.that(
                (table == null) == (batch == null),
                "draw_batch",
                name + " must be both in the data set and in the batch, or in neither");
        if (table != null && batch != null) {
            Checks.shape("draw_batch", name, table, tableShape);
            Checks.shape("draw_batch", name + " of the batch", batch, batchShape);
        }
    }

    /** Refuses what {@link ImagePipelineOps#affineMaps} does not take. Returns the number of rows. */
    public static int affineMaps(Tensor stream, Tensor samples, Tensor maps) {
        int rows = rows("affine_maps", samples);
        Checks.integers("affine_maps", "stream", stream, 1);
        Checks.shape("affine_maps", "maps", maps, rows, ImagePipelineOps.MAP);
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#images} does not take. Returns the number of rows. */
    public static int images(
            Normalisation normalisation,
            Tensor source,
            @Nullable Tensor copies,
            Tensor samples,
            @Nullable Tensor placements,
            Tensor images) {
        int rows = rows("images", samples);
        Checks.that(source.shape().rank() == 5, "images", "source must have 5 axes (V, S, H, W, C) but is " + source);
        Checks.bytes("images", "source", source, source.shape().toArray());
        shown("images", normalisation, source, placements, rows);
        if (copies != null) {
            Checks.integers("images", "copies", copies, rows);
        }
        Checks.shape("images", "images", images, batchOf(rows, source, 2));
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#augmentedImages} does not take. Returns the number of rows. */
    public static int augmentedImages(
            Normalisation normalisation,
            Tensor source,
            Tensor samples,
            Tensor maps,
            @Nullable Tensor placements,
            Tensor images) {
        int rows = mapped("augmented_images", source, samples, maps);
        shown("augmented_images", normalisation, source, placements, rows);
        Checks.shape("augmented_images", "images", images, batchOf(rows, source, 1));
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#augmentedPixels} does not take. Returns the number of rows. */
    public static int augmentedPixels(Tensor source, Tensor samples, Tensor maps, Tensor pixels) {
        int rows = mapped("augmented_pixels", source, samples, maps);
        Checks.bytes("augmented_pixels", "pixels", pixels, batchOf(rows, source, 1));
        return rows;
    }

    /** The extents of the images (.., H, W, C) of a source. */
    public static ImageShape shape(Tensor source) {
        int rank = source.shape().rank();
        return new ImageShape(
                source.shape().extent(rank - 3),
                source.shape().extent(rank - 2),
                source.shape().last());
    }

    private static void shown(
            String operation, Normalisation normalisation, Tensor source, @Nullable Tensor placements, int rows) {
        int channels = source.shape().last();
        Checks.that(
                normalisation.fits(channels) && normalisation.channels() <= CHANNELS,
                operation,
                "the numbers of " + normalisation.channels() + " channels cannot normalise images of " + channels);
        if (placements != null) {
            Checks.integers(operation, "placements", placements, rows, ImagePipelineOps.PLACEMENT);
        }
    }

    /** Refuses what {@link ImagePipelineOps#placements} does not take. Returns the number of rows. */
    public static int placements(
            AugmentationSpec spec, ImageShape shape, Tensor streams, Tensor samples, Tensor placements) {
        int rows = rows("placements", samples);
        Checks.integers("placements", "streams", streams, streams.shape().extent(0) == 1 ? 1 : rows);
        Checks.integers("placements", "placements", placements, rows, ImagePipelineOps.PLACEMENT);
        Checks.that(spec.places(), "placements", spec + " leaves images in their places");
        Checks.that(
                spec.crop() < Math.min(shape.height(), shape.width()),
                "placements",
                "images of " + shape + " cannot be continued by " + spec.crop() + " pixels");
        return rows;
    }

    private static int mapped(String operation, Tensor source, Tensor samples, Tensor maps) {
        int rows = rows(operation, samples);
        Checks.that(source.shape().rank() == 4, operation, "source must have 4 axes (S, H, W, C) but is " + source);
        Checks.bytes(operation, "source", source, source.shape().toArray());
        Checks.shape(operation, "maps", maps, rows, ImagePipelineOps.MAP);
        return rows;
    }

    /** Refuses what {@link ImagePipelineOps#mixRows} does not take. Returns the number of rows. */
    public static int mixRows(Tensor source, @Nullable Tensor copies, Tensor samples, Tensor target) {
        int rows = rows("mix_rows", samples);
        Checks.that(target.shape().rank() == 3, "mix_rows", "target must have 3 axes (V, S, K) but is " + target);
        Checks.shape("mix_rows", "target", target, target.shape().toArray());
        if (copies != null) {
            Checks.integers("mix_rows", "copies", copies, rows);
        }
        Checks.shape("mix_rows", "rows", source, rows, target.shape().last());
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
