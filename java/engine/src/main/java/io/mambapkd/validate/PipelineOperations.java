package io.mambapkd.validate;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Flip;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** What makes the batches of a data set that lies on the device. */
final class PipelineOperations {
    private static final int SEED = 7;
    private static final int COPIES = 4;
    /** Of numbers of epochs. */
    private static final int EPOCHS = 4096;

    private PipelineOperations() {}

    static List<Operation> all() {
        return List.of(
                new Operation("draw_batch", PipelineOperations::drawBatch),
                new Operation("image_pipeline", PipelineOperations::images),
                new Operation("augmentation", PipelineOperations::augmentation),
                new Operation("placement", PipelineOperations::placement),
                new Operation("mix_rows", PipelineOperations::mixRows));
    }

    private static void drawBatch(Trial t) {
        int rows = t.extent("B", 1, 3, 17, 300);
        int count = rows + t.choose(0, 1, 5, 40, 1000);
        int classes = t.extent("K", 1, 10, 100, 1000);
        int copies = t.choose(1, 1, COPIES);
        boolean teacher = t.choose("teacher", "no teacher").equals("teacher");
        boolean ensemble = t.choose("ensemble", "no ensemble").equals("ensemble");
        boolean weights = t.choose("weighted", "unweighted").equals("weighted");
        ImagePipelineOps.Tables tables = new ImagePipelineOps.Tables(
                t.bytes(count),
                teacher ? t.uniform(-1, 1, copies, count, classes) : null,
                ensemble ? t.uniform(-1, 1, copies, count, classes) : null,
                weights ? t.uniform(0.5, 2, count) : null);
        ImagePipelineOps.Batch batch = new ImagePipelineOps.Batch(
                t.allocate(DType.I32, rows),
                copies == 1 ? null : t.allocate(DType.I32, rows),
                t.allocate(DType.I32, 1),
                t.allocate(DType.I32, rows),
                teacher ? t.unwritten(rows, classes) : null,
                ensemble ? t.unwritten(rows, classes) : null,
                weights ? t.unwritten(rows) : null);
        ImagePipelineOps.Draw draw = new ImagePipelineOps.Draw(copies, SEED, t.choose(0, 1, 30));
        t.backend().imagePipeline().drawBatch(draw, t.integers(3000, 1), tables, batch);
        t.wholeNumbers("samples", batch.samples());
        t.wholeNumbers("epoch", batch.epoch());
        t.wholeNumbers("labels", batch.labels());
        if (batch.copies() != null) {
            t.wholeNumbers("copies", batch.copies());
        }
        if (batch.teacher() != null) {
            t.resultWithin("teacher", batch.teacher(), Tolerance.exact());
        }
        if (batch.ensemble() != null) {
            t.resultWithin("ensemble", batch.ensemble(), Tolerance.exact());
        }
        if (batch.weights() != null) {
            t.resultWithin("weights", batch.weights(), Tolerance.exact());
        }
    }

    private static void images(Trial t) {
        int batch = t.extent("B", 1, 3, 17, 300);
        int count = t.extent("COUNT", 5, 40);
        int side = t.extent("H", 3, 8, 28);
        int colours = t.extent("C", 1, 3);
        boolean copied = t.choose("of copies", "of one copy").equals("of copies");
        ImagePipelineOps ops = t.backend().imagePipeline();
        Tensor samples = t.integers(count, batch);
        Tensor images = t.unwritten(batch, side, side, colours);
        Tensor source = t.bytes(copied ? COPIES : 1, count, side, side, colours);
        ops.images(Normalisation.of(0.13f, 0.31f), source, copied ? t.integers(COPIES, batch) : null, samples, images);
        t.resultWithin("images", images, Tolerance.exact());
    }

    private static void augmentation(Trial t) {
        int batch = t.extent("B", 1, 3, 17, 300);
        int count = t.extent("COUNT", 5, 40);
        int side = t.extent("H", 3, 8, 19);
        int width = side + t.choose(0, 2);
        int colours = t.extent("C", 1, 3);
        AugmentationSpec spec = t.choose(
                new AugmentationSpec(15, 0.1, 0.1, 2), new AugmentationSpec(180, 0.5, 1, 0), AugmentationSpec.NONE);
        Purpose purpose = t.choose(Purpose.AUGMENTATION, Purpose.CACHED_COPY);
        ImagePipelineOps ops = t.backend().imagePipeline();
        Tensor samples = t.integers(count, batch);
        Tensor maps = t.unwritten(batch, ImagePipelineOps.MAP);
        ImageShape shape = new ImageShape(side, width, colours);
        ops.affineMaps(spec, shape, SEED, purpose, t.integers(EPOCHS, 1), samples, maps);
        t.result("maps", maps, 1);
        // For one map the same bits; those above may differ in the last place.
        Tensor drawn = drawnMaps(t, batch, side);
        Tensor source = t.bytes(count, side, width, colours);
        Tensor images = t.unwritten(batch, side, width, colours);
        ops.augmentedImages(Normalisation.of(0.13f, 0.31f), source, samples, drawn, images);
        t.resultWithin("images", images, Tolerance.exact());
        Tensor pixels = t.allocate(DType.U8, batch, side, width, colours);
        ops.augmentedPixels(source, samples, drawn, pixels);
        t.bytes("pixels", pixels);
    }

    private static void placement(Trial t) {
        int batch = t.extent("B", 1, 3, 17, 300);
        int count = t.extent("COUNT", 5, 40);
        int side = t.extent("H", 3, 8, 19);
        int width = side + t.choose(0, 2);
        int colours = t.extent("C", 1, 3);
        int crop = t.choose(2, 1, 0);
        Flip flip = t.choose(Flip.values());
        int cutout = crop == 0 && flip == Flip.NONE ? 2 : t.choose(0, 2, side - 1);
        AugmentationSpec spec = new AugmentationSpec(0, 0, 0, 0, crop, flip, cutout);
        Purpose purpose = t.choose(Purpose.AUGMENTATION, Purpose.CACHED_COPY);
        boolean ofCopies = t.choose("of copies", "of an epoch").equals("of copies");
        boolean placed = t.choose("placed", "as they are").equals("placed");
        ImagePipelineOps ops = t.backend().imagePipeline();
        Tensor samples = t.integers(count, batch);
        Tensor streams = ofCopies ? t.integers(COPIES, batch) : t.integers(EPOCHS, 1);
        Tensor placements = t.allocate(DType.I32, batch, ImagePipelineOps.PLACEMENT);
        ops.placements(spec, new ImageShape(side, width, colours), SEED, purpose, streams, samples, placements);
        t.wholeNumbers("placements", placements);
        Normalisation normalisation = colours == 1
                ? Normalisation.of(0.13f, 0.31f)
                : Normalisation.of(List.of(0.49f, 0.48f, 0.45f), List.of(0.25f, 0.24f, 0.26f));
        Tensor source = t.bytes(ofCopies ? COPIES : 1, count, side, width, colours);
        Tensor images = t.unwritten(batch, side, width, colours);
        ops.images(normalisation, source, ofCopies ? streams : null, samples, placed ? placements : null, images);
        t.resultWithin("images", images, Tolerance.exact());
        Tensor single = t.bytes(count, side, width, colours);
        Tensor mapped = t.unwritten(batch, side, width, colours);
        ops.augmentedImages(
                normalisation, single, samples, drawnMaps(t, batch, side), placed ? placements : null, mapped);
        t.resultWithin("mapped images", mapped, Tolerance.exact());
    }

    /** Turned, stretched and shifted, some far enough for images to leave their frame. */
    private static Tensor drawnMaps(Trial t, int batch, int side) {
        Tensor maps = t.zeros(batch, ImagePipelineOps.MAP);
        float[] values = t.numbers(-1, 1, maps.shape());
        for (int i = 0; i < values.length; i++) {
            int at = i % ImagePipelineOps.MAP;
            boolean shift = at == 2 || at == 5;
            boolean diagonal = at == 0 || at == 4;
            values[i] = shift ? values[i] * side / 2 : diagonal ? 1 + values[i] / 2 : values[i] / 2;
        }
        t.backend().upload(values, maps);
        return maps;
    }

    private static void mixRows(Trial t) {
        int count = t.extent("COUNT", 5, 40);
        int batch = t.choose(1, 3, count);
        int width = t.extent("K", 1, 10, 100);
        boolean copied = t.choose("of copies", "of one copy").equals("of copies");
        Tensor samples = t.distinct(count, batch);
        Tensor copies = copied ? t.integers(COPIES, batch) : null;
        Tensor table = t.uniform(-1, 1, copied ? COPIES : 1, count, width);
        Tensor rows = t.uniform(-1, 1, batch, width);
        t.backend().imagePipeline().mixRows(rows, 0.3f, 0.7f, copies, samples, table);
        t.resultWithin("mixed table", table, Tolerance.exact());
    }
}
