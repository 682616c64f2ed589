package io.mambapkd.ops.cuda.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.cuda.driver.TestDevice;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cuDNN that refuses what it is asked for first, or everything: in processes of their own, since the emulation is told at its start. */
@Timeout(120)
@Tag("process")
final class CudnnRefusalsTest {
    private static final String REFUSE = "CUEMU_CUDNN_REFUSE";
    private static final String SHAPE = " of conv2d(images (2, 6, 5, 3) F32, 2 outputs, kernel 3, stride 1, padding 1)";

    private static String outputOf(Map<String, String> environment, String... directions)
            throws IOException, InterruptedException {
        TestDevice.requireEmulation();
        List<String> command = ChildJava.command(
                List.of(
                        "-D" + CudaNatives.DRIVER_PROPERTY + "=" + EmulatedDriver.library(),
                        "-D" + LibraryFolders.PROPERTY + "="
                                + EmulatedDriver.library().getParent()),
                ConvolutionProbe.class.getName());
        command.addAll(List.of(directions));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** The results are those of the CPU in every way, and the run says what it did. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "question:forward:1         | forward | steady: cuDNN computes the forward pass%s by algorithm 0, as it refused algorithm 1 by status 3000",
                "call:forward:1=2005        | forward | steady: cuDNN computes the forward pass%s by algorithm 0, as it refused algorithm 1 by status 2005",
                "all:forward:1,all:forward:0:nhwc=3002 | forward | steady: cuDNN computes the forward pass%s by algorithm 0 with an NCHW filter, as it refused algorithm 1 by status 3000, algorithm 0 by status 3002 and algorithm 1 with an NCHW filter by status 3000",
                "all:forward:1,all:forward:0:nhwc=3002 | forward-last | steady: cuDNN computes the forward pass%s by algorithm 0 with an NCHW filter, as it refused algorithm 1 by status 3000, algorithm 0 by status 3002 and algorithm 1 with an NCHW filter by status 3000",
                "question:data:1:nhwc       | data-last | steady: cuDNN computes the backward data pass%s by algorithm 1 with an NCHW filter, as it refused algorithm 1 by status 3000",
                "question:data:1:nhwc       | data    | steady: cuDNN computes the backward data pass%s by algorithm 1 with an NCHW filter, as it refused algorithm 1 by status 3000",
                "question:filter:1:nhwc     | filter  | steady: cuDNN computes the backward filter pass%s by algorithm 1 with an NCHW filter, as it refused algorithm 1 by status 3000",
                "call:filter:1:nhwc=2000    | filter  | steady: cuDNN computes the backward filter pass%s by algorithm 1 with an NCHW filter, as it refused algorithm 1 by status 2000",
                "call:filter:1              | filter  | loose: cuDNN computes the backward filter pass%s by algorithm 0 (not deterministic), as it refused algorithm 1 by status 3000 and algorithm 1 with an NCHW filter by status 3000",
                "all:data:1                 | data    | loose: cuDNN computes the backward data pass%s by algorithm 0 (not deterministic), as it refused algorithm 1 by status 3000 and algorithm 1 with an NCHW filter by status 3000",
                "all:forward:1              | captured | steady: cuDNN computes the forward pass%s by algorithm 0, as it refused algorithm 1 by status 3000"
            })
    void theNextWayIsTakenAndNamed(String refusals, String direction, String fallback)
            throws IOException, InterruptedException {
        assertThat(outputOf(Map.of(REFUSE, refusals), direction))
                .isEqualTo(direction + " right\n" + String.format(fallback, SHAPE) + "\n");
    }

    /** The first layer of a network has no gradient of its images. */
    @Test
    void whatIsNotComputedIsNotAskedFor() throws IOException, InterruptedException {
        assertThat(outputOf(Map.of(REFUSE, "all:data=4000"), "forward", "filter"))
                .isEqualTo("forward right\nfilter right\n");
    }

    @Test
    void aFallbackIsToldOnce() throws IOException, InterruptedException {
        assertThat(outputOf(Map.of(REFUSE, "all:forward:1"), "forward", "forward"))
                .containsOnlyOnce("steady: cuDNN computes the forward pass");
    }

    @ParameterizedTest
    @CsvSource({
        "all, 3000, 'cuDNN cannot do that', UnusableDeviceException",
        "question=3002, 3002, 'cuDNN cannot do that shape', UnusableDeviceException",
        "call=2000, 2000, 'cuDNN does not take these arguments', CudaCallError"
    })
    void aRefusalOfEveryWayIsOneSentence(String refusals, int status, String words, String type)
            throws IOException, InterruptedException {
        assertThat(outputOf(Map.of(REFUSE, refusals), "filter"))
                .isEqualTo(("failed: cuDNN refuses the backward filter pass" + SHAPE
                                + " in every way: algorithm 1 by status #, algorithm 1 with an NCHW filter by status #,"
                                + " algorithm 0 by status # and algorithm 0 with an NCHW filter by status # (#: "
                                + words
                                + "); use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu\ntype " + type
                                + "\n")
                        .replace("#", Integer.toString(status)));
    }

    /** Statuses that are no refusals end it at once. */
    @Test
    void aFailureIsNoRefusal() throws IOException, InterruptedException {
        assertThat(outputOf(Map.of(REFUSE, "question:forward:1=4004"), "forward"))
                .startsWith("failed: workspace of the forward pass, algorithm 1," + SHAPE
                        + ": the device has no memory left for cuDNN (cuDNN status 4004); use a smaller batch\n");
        assertThat(outputOf(Map.of(REFUSE, "call:forward:1=4000"), "forward"))
                .startsWith("failed: cudnnConvolutionForward" + SHAPE + " by algorithm 1 with ")
                .contains(" bytes: cuDNN failed inside (cuDNN status 4000); ");
    }

    /** It could need another workspace, which cannot be had then. */
    @Test
    void aRefusalOfWhatIsCapturedEndsIt() throws IOException, InterruptedException {
        assertThat(outputOf(Map.of("CUEMU_LIBRARY_FAIL", "cudnnConvolutionForward:2:3000"), "captured"))
                .startsWith("failed: cudnnConvolutionForward" + SHAPE + " by algorithm 1 with ")
                .contains(" bytes: cuDNN cannot do that (cuDNN status 3000); use another cuDNN 9 with --cuda-libs");
    }
}
