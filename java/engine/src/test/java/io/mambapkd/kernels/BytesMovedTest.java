package io.mambapkd.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every kernel touches exactly the bytes of global memory that its header says, for one shape: counted on the emulated driver. */
final class BytesMovedTest {
    private final Set<String> counted = new TreeSet<>();

    @TestFactory
    Stream<DynamicTest> aKernelMovesTheBytesThatItsHeaderSays() {
        Map<String, Consumer<Traffic>> families = new LinkedHashMap<>();
        families.put("pointwise", SequenceTraffic::pointwise);
        families.put("activation", SequenceTraffic::activation);
        families.put("rms_norm", SequenceTraffic::rmsNorm);
        families.put("layer_norm", SequenceTraffic::layerNorm);
        families.put("norm_projection", ProjectionTraffic::normProjection);
        families.put("projection", ProjectionTraffic::projection);
        families.put("causal_conv1d", MixerTraffic::causalConv1d);
        families.put("conv_projection", ConvProjectionTraffic::convProjection);
        families.put("selective_scan", MixerTraffic::selectiveScan);
        families.put("selective_scan_tile", ScanTileTraffic::selectiveScanTile);
        families.put("mixing", MixingTraffic::mixing);
        families.put("distillation_loss", TrainingTraffic::distillationLoss);
        families.put("head_loss", HeadTraffic::headLoss);
        families.put("optimizer", TrainingTraffic::optimizer);
        families.put("gradient_assembly", TrainingTraffic::gradientAssembly);
        families.put("patch_embed", TrainingTraffic::patchEmbed);
        families.put("embedding", EmbeddingTraffic::embedding);
        families.put("dropout", TrainingTraffic::dropout);
        families.put("image_pipeline", TrainingTraffic::imagePipeline);
        families.put("pool", VisionTraffic::pool);
        families.put("batch_norm", VisionTraffic::batchNorm);
        families.put("filter_layout", VisionTraffic::filterLayout);
        return Stream.concat(
                families.entrySet().stream()
                        .map(family -> dynamicTest(family.getKey(), () -> count(family.getValue()))),
                Stream.of(dynamicTest("no kernel is left out", this::noKernelIsLeftOut)));
    }

    private void count(Consumer<Traffic> family) {
        Assumptions.assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        try (Backend backend = EmulatedDriver.open(EmulatedDriver.Build.CHECKED, 0)) {
            family.accept(new Traffic(backend, counted));
        }
    }

    private void noKernelIsLeftOut() {
        Assumptions.assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        assertThat(counted).isEqualTo(BytesMoved.allEntries());
    }
}
