package io.mambapkd.bench.cpu;

import io.mambapkd.model.AirbenchSpec;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.ResNet9Spec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.optim.Nesterov.RateUnit;
import io.mambapkd.tensor.ImageShape;
import java.util.List;

/** A teacher with the size of its images and its batch, and the recipe of its steps. */
enum TeacherCase {
    CNN_MNIST("cnn 16-32-64", 28, 1, 128),
    CNN("cnn 16-32-64", 32, 3, 128),
    RESNET9_16("resnet9, width 16", 32, 3, 256),
    RESNET9_24("resnet9, width 24", 32, 3, 256),
    AIRBENCH_256("airbench, width 64", 32, 3, 256),
    AIRBENCH_1024("airbench, width 64", 32, 3, 1024);

    /** Share of the peak of the learning rate in the first step of both recipes with SGD. */
    private static final double FIRST_RATE = 0.2;

    private final String title;
    private final int side;
    private final int channels;
    private final int batch;

    TeacherCase(String title, int side, int channels, int batch) {
        this.title = title;
        this.side = side;
        this.channels = channels;
        this.batch = batch;
    }

    String title() {
        return title;
    }

    /** Without dropout, whose masks differ between engines. */
    TeacherSpec spec(Precision precision) {
        return switch (this) {
            case CNN_MNIST, CNN -> new CnnSpec(List.of(16, 32, 64), 2, 0, precision);
            case RESNET9_16 -> new ResNet9Spec(16, precision);
            case RESNET9_24 -> new ResNet9Spec(24, precision);
            case AIRBENCH_256, AIRBENCH_1024 -> new AirbenchSpec(64, precision);
        };
    }

    /** With the default recipe of the model. */
    Workload workload() {
        ImageShape image = new ImageShape(side, side, channels);
        return switch (this) {
            case CNN_MNIST, CNN -> Workload.teacher(batch, image, 0.05, Workload.adamW(0.02));
            case RESNET9_16, RESNET9_24 ->
                Workload.teacher(
                        batch,
                        image,
                        0.1,
                        new Update.Sgd(new Nesterov.Options(RateUnit.STEP, 0.9, 5e-4, 1), 0.2, FIRST_RATE));
            case AIRBENCH_256, AIRBENCH_1024 ->
                Workload.teacher(
                        batch,
                        image,
                        0.2,
                        new Update.Sgd(new Nesterov.Options(RateUnit.KILOSTEP, 0.85, 0.0153, 64), 11.5, FIRST_RATE));
        };
    }

    /** Whether our step with convolutions as products of patches is measured, too. */
    boolean withPatches() {
        return this == AIRBENCH_256 || this == AIRBENCH_1024;
    }
}
