package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.ops.ConvolutionCall.Direction;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.RunSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunConvolutionsTest {
    private static final Conv2dOps.Options OPTIONS = new Conv2dOps.Options(3, 1, 1);
    private static final ImageShape IMAGE = new ImageShape(28, 28, 1);

    /** Two stages of one convolution each, 28x28 and 14x14. Nobody needs the gradient of the images. */
    @Test
    void aTeachersConvolutionsAreThoseOfItsLayersInEveryDirectionThatRuns() {
        RunSpec spec = SmallRun.spec();
        try (Backend backend = new CpuBackend(2)) {
            Map<String, List<ConvolutionCall>> calls = RunConvolutions.of(spec, IMAGE, 10, backend);
            assertThat(calls.get("teacher"))
                    .containsExactlyInAnyOrder(
                            new ConvolutionCall(Direction.FORWARD, 32, 28, 28, 1, 4, OPTIONS),
                            new ConvolutionCall(Direction.FORWARD, 32, 14, 14, 4, 8, OPTIONS),
                            new ConvolutionCall(Direction.BACKWARD_FILTER, 32, 28, 28, 1, 4, OPTIONS),
                            new ConvolutionCall(Direction.BACKWARD_FILTER, 32, 14, 14, 4, 8, OPTIONS),
                            new ConvolutionCall(Direction.BACKWARD_DATA, 32, 14, 14, 4, 8, OPTIONS));
        }
    }

    /** As many as the teacher has, with other channels, and the students' batch. */
    @Test
    void thePlainCnnOfTheControlsIsThere() {
        RunSpec spec = SmallRun.spec("student.batch=16");
        try (Backend backend = new CpuBackend(2)) {
            assertThat(RunConvolutions.of(spec, IMAGE, 10, backend).get("control"))
                    .hasSize(5)
                    .allSatisfy(call -> assertThat(call.batch()).isEqualTo(16))
                    .filteredOn(call -> call.direction() == Direction.FORWARD)
                    .extracting(ConvolutionCall::inputs)
                    .first()
                    .isEqualTo(1);
        }
    }

    @Test
    void aRunInBfloat16HasTheSameConvolutions() {
        RunSpec spec = SmallRun.spec();
        RunSpec bfloat16 = SmallRun.spec("teacher.precision=bf16");
        try (Backend backend = new CpuBackend(2)) {
            assertThat(RunConvolutions.of(bfloat16, IMAGE, 10, backend))
                    .isEqualTo(RunConvolutions.of(spec, IMAGE, 10, backend));
        }
    }
}
