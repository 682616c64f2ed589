package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Flip;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.GemmOps;
import io.mambapkd.ops.GradientAssembly;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.PatchOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
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
        int n = 5000; // five slices of 1024
        Map<String, Long> sizes = extents("n", n, "blocks", 5, "count", 5);
        Tensor parameters = traffic.floats(n);
        Tensor gradients = traffic.floats(n);
        Tensor m = traffic.floats(n);
        Tensor v = traffic.floats(n);
        OptimizerOps.Step step = new OptimizerOps.Step(
                traffic.floats(2, OptimizerOps.SCHEDULE), traffic.ints(2), traffic.floats(1), traffic.ints(-1));
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "adamw_f32",
                                "28 n + 16 + 4 [factor] + 4 [halted]",
                                extents("n", n, "factor", 1, "halted", 1)),
                () -> ops.adamW(
                        new OptimizerOps.AdamW(0.9, 0.999, 1e-8, 0.01), step, n / 2, parameters, gradients, m, v));
        OptimizerOps.Sgd sgd = new OptimizerOps.Sgd(
                0.9,
                List.of(
                        new OptimizerOps.Group(n / 4, 0.01),
                        new OptimizerOps.Group(n / 3, 0.02),
                        new OptimizerOps.Group(n / 2, 0),
                        new OptimizerOps.Group(n, 0)));
        OptimizerOps.Step ofGroups = new OptimizerOps.Step(
                traffic.floats(2, OptimizerOps.GROUPS), traffic.ints(2), traffic.floats(1), traffic.ints(-1));
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "sgd_f32",
                                "20 n + 20 + 4 [factor] + 4 [halted]",
                                extents("n", n, "factor", 1, "halted", 1)),
                () -> ops.sgd(sgd, ofGroups, parameters, gradients, m));
        OptimizerOps.Averaging averaging =
                new OptimizerOps.Averaging(traffic.floats(2), traffic.ints(2), traffic.ints(-1));
        traffic.count(
                new BytesMoved().kernel("lookahead_f32", "16 n + 8 + 4 [halted]", extents("n", n, "halted", 1)),
                () -> ops.lookahead(averaging, parameters, m));
        OptimizerOps.Books books =
                new OptimizerOps.Books(traffic.floats(5), traffic.ints(3), traffic.ints(-1), traffic.floats(4, 6));
        traffic.count(
                new BytesMoved()
                        .kernel("gradient_squares_f32", "4 n + 8 blocks", sizes)
                        .kernel(
                                "gradient_norm_f32",
                                "8 count + 8 + (8 statistic_count + 12) [journal]",
                                extents("count", 5, "statistic_count", 5, "journal", 1)),
                () -> ops.gradientNorm(0.5, gradients, traffic.floats(1), traffic.floats(1), books));
    }

    /** A sum, a product, and a sum beside a product, in the second step. */
    static void gradientAssembly(Traffic traffic) {
        Arena arena = traffic.backend.newArena("gradients", Arena.Layout.FLAT);
        Tensor sum = arena.allocate("sum", 24);
        Tensor product = arena.allocate("product", 3, 5);
        Tensor both = arena.allocate("both", 2, 3);
        arena.seal();
        Tensor left = traffic.floats(4, 3);
        Tensor right = traffic.floats(4, 5);
        Tensor rows = traffic.floats(300, 24);
        Tensor few = traffic.floats(300, 6);
        Tensor norm = traffic.floats(1);
        Tensor factor = traffic.floats(1);
        GemmOps gemm = traffic.backend.gemm();
        PointwiseOps pointwise = traffic.backend.pointwise();
        GradientAssembly assembly = traffic.backend.assembly(arena.flat(DType.F32, 0, arena.planned(DType.F32)));
        for (int step = 0; step < 2; step++) {
            assembly.begin();
            pointwise.biasGradient(rows, sum.reshape(24));
            gemm.multiply(left, Transpose.YES, right, Transpose.NO, Write.ADD, product);
            pointwise.biasGradient(few, both.reshape(6));
            gemm.multiply(left.columns(0, 2), Transpose.YES, right.columns(0, 3), Transpose.NO, Write.ADD, both);
            if (step == 1) {
                traffic.count(
                        new BytesMoved()
                                .kernel(
                                        "gradient_assembly_f32",
                                        "4 (terms + summed + present + decays) + 28 ranges + 24 sums + 4 tiles + 8 blocks",
                                        extents(
                                                "terms",
                                                10 * 24 + 3 * 6,
                                                "summed",
                                                24 + 6,
                                                "present",
                                                3 * 5 + 6,
                                                "decays",
                                                0,
                                                "ranges",
                                                3,
                                                "sums",
                                                2,
                                                "tiles",
                                                3,
                                                "blocks",
                                                3))
                                .kernel(
                                        "gradient_norm_f32",
                                        "8 count + 8 + (8 statistic_count + 12) [journal]",
                                        extents("count", 3, "statistic_count", 0, "journal", 0)),
                        () -> assembly.end(1, norm, factor, null));
            } else {
                assembly.end(1, norm, factor, null);
            }
        }
        assembly.close();
    }

    static void patchEmbed(Traffic traffic) {
        PatchOps ops = traffic.backend.patch();
        Tensor images = traffic.floats(3, 8, 6, 3);
        Tensor tokens = traffic.floats(3, 12, 12);
        traffic.count(
                new BytesMoved().kernel("patch_tokens_f32", "8 total", extents("total", 3 * 8 * 6 * 3)),
                () -> ops.tokens(PatchOps.Cut.PATCHES, 2, images, tokens));
        paddedTokens(traffic);
        Tensor grid = traffic.floats(3, 12, 12);
        traffic.count(
                new BytesMoved().kernel("reorder_tokens_f32", "8 total", extents("total", 3 * 12 * 12)),
                () -> ops.reorder(3, 4, true, tokens, grid));
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
                        .sumsOfRows(3, 35),
                () -> ops.positionGradient(x, position));
    }

    /** Columns of images of 5 rows and 7 columns. */
    private static void paddedTokens(Traffic traffic) {
        PatchOps ops = traffic.backend.patch();
        Tensor images = traffic.floats(2, 5, 7, 3);
        Tensor tokens = traffic.floats(2, 3, 3 * 5 * 3);
        Map<String, Long> sizes = extents("batch", 2, "down", 7, "across", 5, "run", 3, "total", 2 * 3 * (3 * 5 * 3));
        traffic.count(
                new BytesMoved().kernel("padded_tokens_f32", "4 total + 4 batch down across run", sizes),
                () -> ops.tokens(PatchOps.Cut.COLUMNS, 3, images, tokens));
        traffic.count(
                new BytesMoved().kernel("padded_tokens_gradient_f32", "8 batch down across run", sizes),
                () -> ops.tokensGradient(PatchOps.Cut.COLUMNS, 3, tokens, images));
    }

    static void dropout(Traffic traffic) {
        Tensor x = traffic.floats(333);
        Tensor y = traffic.floats(333);
        Tensor step = traffic.ints(3);
        traffic.count(
                new BytesMoved().kernel("dropout_f32", "8 n + 4", extents("n", 333)),
                () -> traffic.backend.dropout().apply(1e-9f, 1, 2, step, x, y)); // drops none of these
    }

    /** Images in the place where they are, so that every pixel is read. */
    private static void placedImages(Traffic traffic, Tensor dataset, Tensor twoCopies, Tensor maps, Tensor images) {
        ImagePipelineOps ops = traffic.backend.imagePipeline();
        Map<String, Long> sizes = extents(
                "rows", 3, "height", 4, "width", 5, "channels", 3, "copies", 1, "placements", 1, "stream_count", 3);
        Tensor samples = traffic.ints(6, 0, 2);
        Tensor copies = traffic.ints(0, 1, 1);
        Tensor placements = traffic.ints(new int[18]).reshape(3, ImagePipelineOps.PLACEMENT);
        Normalisation normalisation = Normalisation.of(0.1f, 0.3f);
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "gather_placed_images_f32",
                                "5 rows height width channels + 4 rows (1 + [copies]) + 24 rows [placements]",
                                sizes),
                () -> ops.images(normalisation, twoCopies, copies, samples, placements, images));
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "gather_placed_affine_images_f32",
                                "5 rows height width channels + 28 rows + 24 rows [placements]",
                                sizes),
                () -> ops.augmentedImages(normalisation, dataset, samples, maps, placements, images));
        traffic.count(
                new BytesMoved().kernel("draw_placements_i32", "28 rows + 4 stream_count", sizes),
                () -> ops.placements(
                        new AugmentationSpec(0, 0, 0, 0, 2, Flip.RANDOM, 1),
                        new ImageShape(4, 5, 3),
                        1,
                        Purpose.CACHED_COPY,
                        copies,
                        samples,
                        placements));
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
        placedImages(traffic, dataset, twoCopies, maps, images);
        Tensor logits = traffic.floats(2, 7, 5);
        Tensor target = traffic.floats(rows, 5);
        ImagePipelineOps.Tables tables =
                new ImagePipelineOps.Tables(traffic.bytes(7), logits, traffic.floats(2, 7, 5), traffic.floats(7));
        ImagePipelineOps.Batch batch = new ImagePipelineOps.Batch(
                traffic.ints(0, 0, 0),
                traffic.ints(0, 0, 0),
                traffic.ints(0),
                traffic.ints(0, 0, 0),
                target,
                traffic.floats(rows, 5),
                traffic.floats(rows));
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "draw_batch_f32",
                                "9 rows + 4 rows [copies] + 8 rows [weights] + 8 rows width ([teacher] + [ensemble]) + 8",
                                extents(
                                        "rows",
                                        rows,
                                        "width",
                                        5,
                                        "copies",
                                        1,
                                        "weights",
                                        1,
                                        "teacher",
                                        1,
                                        "ensemble",
                                        1)),
                () -> ops.drawBatch(new ImagePipelineOps.Draw(2, 1, 0), stream, tables, batch));
        traffic.count(
                new BytesMoved().kernel("mix_rows_f32", "12 rows width + 4 rows (1 + [copies])", sizes),
                () -> ops.mixRows(target, 0.5f, 0.5f, copies, samples, logits));
    }
}
