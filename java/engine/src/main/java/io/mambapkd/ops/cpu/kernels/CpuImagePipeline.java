package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.image.AffineMap;
import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.image.Placement;
import io.mambapkd.image.Placer;
import io.mambapkd.ops.Checks;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.checks.ImagePipelineChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Row by row, on the host's own augmentation; one task for some images. */
public final class CpuImagePipeline implements ImagePipelineOps {
    private static final int ELEMENTS_PER_TASK = 32768;

    private final CpuExecutor executor;

    public CpuImagePipeline(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void drawBatch(Draw draw, Tensor step, Tables tables, Batch batch) {
        int rows = ImagePipelineChecks.drawBatch(draw, step, tables, batch);
        int count = tables.labels().shape().extent(0);
        int stepsPerEpoch = count / rows;
        int now = integer(step, 0);
        int epoch = draw.firstEpoch() + now / stepsPerEpoch;
        Permutation order = new Permutation(draw.seed(), Purpose.SAMPLE_ORDER, epoch, count);
        CounterRandom choice = new CounterRandom(draw.seed(), Purpose.COPY_CHOICE);
        CpuMemory.integers(batch.epoch())[CpuMemory.at(batch.epoch())] = epoch;
        for (int row = 0; row < rows; row++) {
            int sample = order.at(now % stepsPerEpoch * rows + row);
            int copy = batch.copies() == null ? 0 : choice.below(epoch, sample, 0, draw.copies());
            set(batch.samples(), row, sample);
            set(batch.labels(), row, CpuMemory.bytes(tables.labels())[CpuMemory.at(tables.labels()) + sample] & 0xff);
            if (batch.copies() != null) {
                set(batch.copies(), row, copy);
            }
            copyRow(tables.teacher(), copy * count + sample, batch.teacher(), row);
            copyRow(tables.ensemble(), copy * count + sample, batch.ensemble(), row);
            copyRow(tables.weights(), sample, batch.weights(), row);
        }
    }

    private static void set(Tensor tensor, int row, int value) {
        CpuMemory.integers(tensor)[CpuMemory.at(tensor) + row] = value;
    }

    /** Row {@code item} of a table to a row of a batch, where there are such. */
    private static void copyRow(@Nullable Tensor table, int item, @Nullable Tensor batch, int row) {
        if (table != null && batch != null) {
            int width = batch.shape().rank() == 1 ? 1 : batch.shape().last();
            System.arraycopy(
                    CpuMemory.floats(table),
                    CpuMemory.at(table) + item * width,
                    CpuMemory.floats(batch),
                    CpuMemory.at(batch) + row * width,
                    width);
        }
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
        int rows = ImagePipelineChecks.affineMaps(stream, samples, maps);
        Augmentation augmentation = new Augmentation(spec, seed, purpose);
        int number = CpuMemory.integers(stream)[CpuMemory.at(stream)];
        float[] target = CpuMemory.floats(maps);
        for (int row = 0; row < rows; row++) {
            AffineMap map = augmentation.map(shape, number, integer(samples, row));
            int at = CpuMemory.at(maps) + row * MAP;
            target[at] = map.xx();
            target[at + 1] = map.xy();
            target[at + 2] = map.x0();
            target[at + 3] = map.yx();
            target[at + 4] = map.yy();
            target[at + 5] = map.y0();
        }
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
        int rows = ImagePipelineChecks.placements(spec, shape, streams, samples, placements);
        Augmentation augmentation = new Augmentation(spec, seed, purpose);
        boolean one = streams.shape().extent(0) == 1;
        int[] target = CpuMemory.integers(placements);
        for (int row = 0; row < rows; row++) {
            Placement placement = augmentation.placement(shape, integer(streams, one ? 0 : row), integer(samples, row));
            int at = CpuMemory.at(placements) + row * PLACEMENT;
            target[at] = placement.shiftX();
            target[at + 1] = placement.shiftY();
            target[at + 2] = placement.flipped() ? 1 : 0;
            target[at + 3] = placement.cutLeft();
            target[at + 4] = placement.cutTop();
            target[at + 5] = placement.cutSide();
        }
    }

    @Override
    public void images(
            Normalisation normalisation,
            Tensor source,
            @Nullable Tensor copies,
            Tensor samples,
            @Nullable Tensor placements,
            Tensor images) {
        int rows = ImagePipelineChecks.images(normalisation, source, copies, samples, placements, images);
        int elements = Math.toIntExact(images.shape().elements() / rows);
        byte[] pixels = CpuMemory.bytes(source);
        float[] target = CpuMemory.floats(images);
        ImageShape shape = ImagePipelineChecks.shape(source);
        RowSplit split = RowSplit.byElements(rows, elements, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            Placer placer = new Placer(shape, normalisation);
            for (int row = split.first(task); row < split.end(task); row++) {
                int from = CpuMemory.at(source) + item("images", source, copies, samples, row) * elements;
                int at = CpuMemory.at(images) + row * elements;
                placer.place(pixels, from, placement(placements, row), target, at);
            }
        });
    }

    @Override
    public void augmentedImages(
            Normalisation normalisation,
            Tensor source,
            Tensor samples,
            Tensor maps,
            @Nullable Tensor placements,
            Tensor images) {
        int rows = ImagePipelineChecks.augmentedImages(normalisation, source, samples, maps, placements, images);
        int count = source.shape().extent(0);
        ImageShape shape = ImagePipelineChecks.shape(source);
        int elements = shape.elements();
        float[] target = CpuMemory.floats(images);
        RowSplit split = RowSplit.byElements(rows, elements, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            AffineSampler sampler = new AffineSampler(shape);
            Placer placer = new Placer(shape, normalisation);
            float[] drawn = new float[elements];
            for (int row = split.first(task); row < split.end(task); row++) {
                int sample = requireInside("augmented_images", "sample", integer(samples, row), count, row);
                int at = CpuMemory.at(images) + row * elements;
                int from = CpuMemory.at(source) + sample * elements;
                sampler.sample(CpuMemory.bytes(source), from, map(maps, row), drawn, 0);
                placer.place(drawn, 0, placement(placements, row), target, at);
            }
        });
    }

    @Override
    public void augmentedPixels(Tensor source, Tensor samples, Tensor maps, Tensor pixels) {
        int rows = ImagePipelineChecks.augmentedPixels(source, samples, maps, pixels);
        int[] extents = source.shape().toArray();
        ImageShape shape = new ImageShape(extents[1], extents[2], extents[3]);
        int elements = shape.elements();
        byte[] target = CpuMemory.bytes(pixels);
        RowSplit split = RowSplit.byElements(rows, elements, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            AffineSampler sampler = new AffineSampler(shape);
            float[] drawn = new float[elements];
            for (int row = split.first(task); row < split.end(task); row++) {
                int sample = requireInside("augmented_pixels", "sample", integer(samples, row), extents[0], row);
                int at = CpuMemory.at(pixels) + row * elements;
                int from = CpuMemory.at(source) + sample * elements;
                sampler.sample(CpuMemory.bytes(source), from, map(maps, row), drawn, 0);
                for (int i = 0; i < elements; i++) {
                    target[at + i] = (byte) (int) (drawn[i] + 0.5f);
                }
            }
        });
    }

    @Override
    public void mixRows(Tensor rows, float keep, float weight, @Nullable Tensor copies, Tensor samples, Tensor target) {
        int count = ImagePipelineChecks.mixRows(rows, copies, samples, target);
        int width = target.shape().last();
        float[] from = CpuMemory.floats(rows);
        float[] to = CpuMemory.floats(target);
        for (int row = 0; row < count; row++) {
            int source = CpuMemory.at(rows) + row * width;
            int at = CpuMemory.at(target) + item("mix_rows", target, copies, samples, row) * width;
            for (int i = 0; i < width; i++) {
                to[at + i] = keep * to[at + i] + weight * from[source + i];
            }
        }
    }

    /** Which item of (V, S, ..) a row is. */
    private static int item(String operation, Tensor source, @Nullable Tensor copies, Tensor samples, int row) {
        int sample = requireInside(
                operation, "sample", integer(samples, row), source.shape().extent(1), row);
        int copy = copies == null
                ? 0
                : requireInside(
                        operation, "copy", integer(copies, row), source.shape().extent(0), row);
        return copy * source.shape().extent(1) + sample;
    }

    private static int requireInside(String operation, String role, int value, int count, int row) {
        Checks.that(
                value >= 0 && value < count,
                operation,
                role + " " + value + " of row " + row + " is outside 0.." + (count - 1));
        return value;
    }

    private static Placement placement(@Nullable Tensor placements, int row) {
        if (placements == null) {
            return Placement.NONE;
        }
        int[] values = CpuMemory.integers(placements);
        int at = CpuMemory.at(placements) + row * PLACEMENT;
        return new Placement(
                values[at], values[at + 1], values[at + 2] != 0, values[at + 3], values[at + 4], values[at + 5]);
    }

    private static AffineMap map(Tensor maps, int row) {
        float[] values = CpuMemory.floats(maps);
        int at = CpuMemory.at(maps) + row * MAP;
        return new AffineMap(
                values[at], values[at + 1], values[at + 2], values[at + 3], values[at + 4], values[at + 5]);
    }

    private static int integer(Tensor tensor, int index) {
        return CpuMemory.integers(tensor)[CpuMemory.at(tensor) + index];
    }
}
