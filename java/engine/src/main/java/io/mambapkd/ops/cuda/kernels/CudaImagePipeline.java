package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Flip;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.checks.ImagePipelineChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Gathers from device memory; a thread for some consecutive values of a row. */
final class CudaImagePipeline implements ImagePipelineOps {
    private static final String FAMILY = "image_pipeline";
    private static final int BLOCK = 256;
    private static final int DRAWN_ROWS = 16;
    private static final int PLAIN_VALUES_PER_BLOCK = 1024;

    private final CudaContext cuda;
    private final Kernel drawBatch;
    private final Kernel affineMaps;
    private final Kernel images;
    private final Kernel augmentedImages;
    private final Kernel placements;
    private final Kernel placedImages;
    private final Kernel placedAffineImages;
    private final Kernel augmentedPixels;
    private final Kernel mixRows;

    CudaImagePipeline(CudaContext cuda) {
        this.cuda = cuda;
        drawBatch = cuda.kernel(FAMILY, "draw_batch_f32");
        affineMaps = cuda.kernel(FAMILY, "affine_maps_f32");
        images = cuda.kernel(FAMILY, "gather_images_f32");
        augmentedImages = cuda.kernel(FAMILY, "gather_affine_images_f32");
        placements = cuda.kernel(FAMILY, "draw_placements_i32");
        placedImages = cuda.kernel(FAMILY, "gather_placed_images_f32");
        placedAffineImages = cuda.kernel(FAMILY, "gather_placed_affine_images_f32");
        augmentedPixels = cuda.kernel(FAMILY, "gather_affine_pixels_u8");
        mixRows = cuda.kernel(FAMILY, "mix_rows_f32");
    }

    @Override
    public void drawBatch(Draw draw, Tensor step, Tables tables, Batch batch) {
        int rows = ImagePipelineChecks.drawBatch(draw, step, tables, batch);
        int count = tables.labels().shape().extent(0);
        Tensor logits = batch.teacher() == null ? batch.ensemble() : batch.teacher();
        cuda.launch(drawBatch)
                .tensor(batch.samples())
                .tensor(batch.copies())
                .tensor(batch.epoch())
                .tensor(batch.labels())
                .tensor(batch.teacher())
                .tensor(batch.ensemble())
                .tensor(batch.weights())
                .tensor(step)
                .tensor(tables.labels())
                .tensor(tables.teacher())
                .tensor(tables.ensemble())
                .tensor(tables.weights())
                .int32(rows)
                .int32(count)
                .int32(draw.copies())
                .int32(logits == null ? 0 : logits.shape().last())
                .int32(Permutation.halfBits(count))
                .int32(draw.firstEpoch())
                .int64(draw.seed())
                .grid(Grids.blocks(rows, DRAWN_ROWS));
    }

    @Override
    public void affineMaps(
            AugmentationSpec spec,
            ImageShape shape,
            long seed,
            Purpose purpose,
            Tensor stream,
            Tensor samples,
            Tensor maps) {
        int count = ImagePipelineChecks.affineMaps(stream, samples, maps);
        cuda.launch(affineMaps)
                .tensor(maps)
                .tensor(stream)
                .tensor(samples)
                .int32(count)
                .int32(shape.height())
                .int32(shape.width())
                .int64(seed)
                .int32(purpose.code())
                .int64(Double.doubleToRawLongBits(StrictMath.toRadians(spec.rotationDegrees())))
                .int64(Double.doubleToRawLongBits(spec.scale()))
                .int64(Double.doubleToRawLongBits(spec.shear()))
                .int64(Double.doubleToRawLongBits(spec.shiftPixels()))
                .grid(Grids.blocks(count, BLOCK));
    }

    @Override
    public void placements(
            AugmentationSpec spec,
            ImageShape shape,
            long seed,
            Purpose purpose,
            Tensor streams,
            Tensor samples,
            Tensor placements) {
        int count = ImagePipelineChecks.placements(spec, shape, streams, samples, placements);
        cuda.launch(this.placements)
                .tensor(placements)
                .tensor(streams)
                .tensor(samples)
                .int32(count)
                .int32(streams.shape().extent(0))
                .int32(shape.height())
                .int32(shape.width())
                .int64(seed)
                .int32(purpose.code())
                .int32(spec.crop())
                .int32(flip(spec.flip()))
                .int32(spec.cutout())
                .grid(Grids.blocks(count, BLOCK));
    }

    /** As the kernel numbers them. */
    private static int flip(Flip flip) {
        return switch (flip) {
            case NONE -> 0;
            case RANDOM -> 1;
            case ALTERNATING -> 2;
        };
    }

    @Override
    public void images(
            Normalisation normalisation,
            Tensor source,
            @Nullable Tensor copies,
            Tensor samples,
            @Nullable Tensor placements,
            Tensor target) {
        int count = ImagePipelineChecks.images(normalisation, source, copies, samples, placements, target);
        int elements = Math.toIntExact(target.shape().elements() / count);
        if (placements != null || normalisation.channels() > 1) {
            Launch launch = cuda.launch(placedImages)
                    .tensor(target)
                    .tensor(source)
                    .tensor(copies)
                    .tensor(samples)
                    .tensor(placements)
                    .int32(source.shape().extent(0))
                    .int32(source.shape().extent(1));
            shown(launch, normalisation, source).grid(count, Grids.blocks(elements, PLAIN_VALUES_PER_BLOCK));
            return;
        }
        cuda.launch(images)
                .tensor(target)
                .tensor(source)
                .tensor(copies)
                .tensor(samples)
                .int32(source.shape().extent(0))
                .int32(source.shape().extent(1))
                .int32(elements)
                .float32(normalisation.scale(0))
                .float32(normalisation.offset(0))
                .grid(count, Grids.blocks(elements, PLAIN_VALUES_PER_BLOCK));
    }

    @Override
    public void augmentedImages(
            Normalisation normalisation,
            Tensor source,
            Tensor samples,
            Tensor maps,
            @Nullable Tensor placements,
            Tensor target) {
        int count = ImagePipelineChecks.augmentedImages(normalisation, source, samples, maps, placements, target);
        int elements = Math.toIntExact(target.shape().elements() / count);
        if (placements != null || normalisation.channels() > 1) {
            Launch launch = cuda.launch(placedAffineImages)
                    .tensor(target)
                    .tensor(source)
                    .tensor(samples)
                    .tensor(maps)
                    .tensor(placements)
                    .int32(source.shape().extent(0));
            shown(launch, normalisation, source).grid(count, Grids.blocks(elements, BLOCK));
            return;
        }
        augmented(augmentedImages, target, source, samples, maps)
                .float32(normalisation.scale(0))
                .float32(normalisation.offset(0))
                .grid(count, Grids.blocks(elements, BLOCK));
    }

    /** The extents of images (.., H, W, C), and a scale and an offset for each of three channels. */
    private static Launch shown(Launch launch, Normalisation normalisation, Tensor source) {
        ImageShape shape = ImagePipelineChecks.shape(source);
        launch.int32(shape.height()).int32(shape.width()).int32(shape.channels());
        int last = normalisation.channels() - 1;
        for (int channel = 0; channel < ImagePipelineChecks.CHANNELS; channel++) {
            launch.float32(normalisation.scale(Math.min(channel, last)));
        }
        for (int channel = 0; channel < ImagePipelineChecks.CHANNELS; channel++) {
            launch.float32(normalisation.offset(Math.min(channel, last)));
        }
        return launch;
    }

    @Override
    public void augmentedPixels(Tensor source, Tensor samples, Tensor maps, Tensor pixels) {
        int count = ImagePipelineChecks.augmentedPixels(source, samples, maps, pixels);
        int elements = Math.toIntExact(pixels.shape().elements() / count);
        augmented(augmentedPixels, pixels, source, samples, maps).grid(count, Grids.blocks(elements, BLOCK));
    }

    /** What both kernels that sample images (N, H, W, C) take first. */
    private Launch augmented(Kernel kernel, Tensor target, Tensor source, Tensor samples, Tensor maps) {
        return cuda.launch(kernel)
                .tensor(target)
                .tensor(source)
                .tensor(samples)
                .tensor(maps)
                .int32(source.shape().extent(0))
                .int32(source.shape().extent(1))
                .int32(source.shape().extent(2))
                .int32(source.shape().extent(3));
    }

    @Override
    public void mixRows(
            Tensor source, float keep, float weight, @Nullable Tensor copies, Tensor samples, Tensor target) {
        int count = ImagePipelineChecks.mixRows(source, copies, samples, target);
        cuda.launch(mixRows)
                .tensor(target)
                .tensor(source)
                .tensor(copies)
                .tensor(samples)
                .int32(count)
                .int32(target.shape().extent(0))
                .int32(target.shape().extent(1))
                .int32(target.shape().last())
                .float32(keep)
                .float32(weight)
                .grid(Grids.blocks(source.shape().elements(), BLOCK));
    }
}
