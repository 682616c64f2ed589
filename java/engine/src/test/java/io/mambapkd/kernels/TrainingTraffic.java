package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.PatchOps;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** What surrounds the model in a training step: loss, optimizer, patches, dropout, images. */
final class TrainingTraffic {
    private TrainingTraffic() {}

    static void distillationLoss(Traffic traffic) {
        loss(traffic, "k16", 10, 16);
        loss(traffic, "k32", 31, 16);
        loss(traffic, "k64", 50, 16);
        loss(traffic, "warp", 100, 8);
    }

    private static void loss(Traffic traffic, String name, int classes, int rowsPerBlock) {
        int rows = 70; // two blocks or more, the last not full
        int valid = 67;
        int blocks = (rows + rowsPerBlock - 1) / rowsPerBlock;
        Map<String, Long> sizes = extents(
                "rows",
                rows,
                "classes",
                classes,
                "valid",
                valid,
                "blocks",
                blocks,
                "count",
                blocks,
                "ensemble",
                1,
                "combined",
                1,
                "teacher",
                1,
                "weights",
                1);
        DistillationLossOps.Inputs inputs = new DistillationLossOps.Inputs(
                traffic.floats(rows, classes),
                traffic.floats(rows, classes),
                traffic.floats(rows, classes),
                traffic.ints(new int[rows]),
                traffic.floats(rows),
                valid);
        Tensor dStudent = traffic.floats(rows, classes);
        Tensor combined = traffic.floats(rows, classes);
        Tensor statistics = traffic.floats(DistillationLossOps.STATISTICS);
        String bytes = name.equals("warp")
                ? "4 rows classes (2 + [ensemble] + [combined]) + 4 valid classes [teacher] + 4 valid (1 + [weights]) + 20 blocks"
                : "4 rows classes (2 + [ensemble] + [teacher] + [combined]) + 4 valid (1 + [weights]) + 20 blocks";
        traffic.count(
                new BytesMoved()
                        .kernel("distillation_loss_" + name + "_f32", bytes, sizes)
                        .kernel("distillation_loss_statistics_f32", "20 count + 20", sizes),
                () -> traffic.backend
                        .distillationLoss()
                        .lossAndGradient(
                                new DistillationLossOps.Options(0.3, 4, 0.1, 0.5, 0.5),
                                inputs,
                                dStudent,
                                combined,
                                statistics));
    }

    static void optimizer(Traffic traffic) {
        OptimizerOps ops = traffic.backend.optimizer();
        int n = 5000; // two slices of 4096
        Map<String, Long> sizes = extents("n", n, "blocks", 2, "count", 2);
        Tensor schedule = traffic.floats(OptimizerOps.SCHEDULE);
        Tensor parameters = traffic.floats(n);
        Tensor gradients = traffic.floats(n);
        Tensor m = traffic.floats(n);
        Tensor v = traffic.floats(n);
        traffic.count(
                new BytesMoved().kernel("adamw_f32", "28 n + 12 + 4 [halted]", extents("n", n, "halted", 1)),
                () -> ops.adamW(
                        new OptimizerOps.AdamW(0.9, 0.999, 1e-8, 0.01),
                        schedule,
                        traffic.ints(-1),
                        parameters,
                        gradients,
                        m,
                        v));
        traffic.count(
                new BytesMoved().kernel("step_record_f32", "8 statistic_count + 20", extents("statistic_count", 5)),
                () -> ops.record(
                        traffic.floats(5), traffic.floats(1), traffic.ints(3), traffic.ints(-1), traffic.floats(4, 6)));
        traffic.count(
                new BytesMoved().kernel("sgd_f32", "20 n + 4", sizes),
                () -> ops.sgd(new OptimizerOps.Sgd(0.9, 0.01), schedule, parameters, gradients, m));
        traffic.count(
                new BytesMoved()
                        .kernel("clip_squares_f32", "4 n + 8 blocks", sizes)
                        .kernel("clip_scale_f32", "8 n + 8 count + 4", sizes),
                () -> ops.clipByGlobalNorm(0.5, gradients, traffic.floats(1)));
    }

    static void patchEmbed(Traffic traffic) {
        PatchOps ops = traffic.backend.patch();
        Tensor images = traffic.floats(3, 8, 6, 3);
        Tensor tokens = traffic.floats(3, 12, 12);
        traffic.count(
                new BytesMoved().kernel("patch_tokens_f32", "8 total", extents("total", 3 * 8 * 6 * 3)),
                () -> ops.tokens(PatchOps.Cut.PATCHES, 2, images, tokens));
        Tensor x = traffic.floats(70, 5, 7); // three slices of 32 rows
        Tensor position = traffic.floats(5, 7);
        Map<String, Long> sizes = extents("rows", 70, "size", 35, "rows_per_block", 32);
        traffic.count(
                new BytesMoved().kernel("add_position_f32", "8 rows size + 4 size", sizes),
                () -> ops.addPosition(x, position));
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "position_gradient_partials_f32",
                                "4 rows size + 4 size ceil(rows / rows_per_block)",
                                sizes)
                        .kernel("reduce_rows_add_f32", "4 (count n + 2 n)", extents("count", 3, "n", 35)),
                () -> ops.positionGradient(x, position));
    }

    static void dropout(Traffic traffic) {
        Tensor x = traffic.floats(333);
        Tensor y = traffic.floats(333);
        Tensor step = traffic.ints(3);
        traffic.count(
                new BytesMoved().kernel("dropout_f32", "8 n + 4", extents("n", 333)),
                () -> traffic.backend.dropout().apply(1e-9f, 1, 2, step, x, y)); // drops none of these
    }

    static void imagePipeline(Traffic traffic) {
        ImagePipelineOps ops = traffic.backend.imagePipeline();
        int rows = 3;
        int elements = 4 * 5 * 3;
        Tensor stream = traffic.ints(1);
        Tensor samples = traffic.ints(6, 0, 2); // no two alike, so that no byte is shared
        Tensor copies = traffic.ints(0, 1, 1);
        Map<String, Long> sizes =
                extents("rows", rows, "elements", elements, "height", 4, "width", 5, "channels", 3, "copies", 1);
        Tensor maps = traffic.floats(rows, ImagePipelineOps.MAP);
        traffic.count(
                new BytesMoved().kernel("affine_maps_f32", "28 rows + 4", sizes),
                () -> ops.affineMaps(
                        AugmentationSpec.NONE,
                        new ImageShape(4, 5, 3),
                        1,
                        Purpose.AUGMENTATION,
                        stream,
                        samples,
                        maps));
        Normalisation normalisation = Normalisation.of(0.1f, 0.3f);
        Tensor images = traffic.floats(rows, 4, 5, 3);
        // The maps are those of no augmentation, so every pixel is read.
        Tensor dataset = traffic.bytes(7, 4, 5, 3);
        traffic.count(
                new BytesMoved().kernel("gather_affine_images_f32", "5 rows height width channels + 28 rows", sizes),
                () -> ops.augmentedImages(normalisation, dataset, samples, maps, images));
        Tensor pixels = traffic.bytes(rows, 4, 5, 3);
        traffic.count(
                new BytesMoved().kernel("gather_affine_pixels_u8", "2 rows height width channels + 28 rows", sizes),
                () -> ops.augmentedPixels(dataset, samples, maps, pixels));
        Tensor twoCopies = traffic.bytes(2, 7, 4, 5, 3);
        traffic.count(
                new BytesMoved().kernel("gather_images_f32", "5 rows elements + 4 rows (1 + [copies])", sizes),
                () -> ops.images(normalisation, twoCopies, copies, samples, images));
        Tensor chosen = traffic.ints(0, 0, 0);
        traffic.count(
                new BytesMoved().kernel("choose_copies_i32", "8 rows + 4", sizes),
                () -> ops.chooseCopies(2, 1, stream, samples, chosen));
        Tensor labels = traffic.bytes(7);
        traffic.count(
                new BytesMoved().kernel("gather_labels_i32", "9 rows", sizes),
                () -> ops.labels(labels, samples, chosen));
        Tensor logits = traffic.floats(2, 7, 5);
        Tensor target = traffic.floats(rows, 5);
        traffic.count(
                new BytesMoved().kernel("gather_rows_f32", "8 rows width + 4 rows (1 + [copies])", sizes),
                () -> ops.rows(logits, copies, samples, target));
        traffic.count(
                new BytesMoved().kernel("mix_rows_f32", "12 rows width + 4 rows (1 + [copies])", sizes),
                () -> ops.mixRows(target, 0.5f, 0.5f, copies, samples, logits));
        traffic.count(
                new BytesMoved().kernel("sample_order_i32", "4 rows + 8", sizes),
                () -> ops.sampleOrder(7, 1, 0, stream, chosen, traffic.ints(0)));
    }
}
