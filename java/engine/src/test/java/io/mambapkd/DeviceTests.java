package io.mambapkd;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.mambapkd.ops.cuda.driver.RealDevice;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The tests that every backend must pass, without Maven: a line for each class, each failure, and the sum. The arguments are names of classes; none for
 * all. {@code -Dmambapkd.require=cuda} runs them on the device, with NVIDIA's libraries from the folders of {@code MAMBA_PKD_CUDA_LIBS}. Exit status 0
 * if all passed and none was skipped, else 1; 2 if there is no such device.
 */
final class DeviceTests {
    static final List<String> ALL = List.of(
            "ops.GemmOpsContractTest",
            "ops.ScanOpsContractTest",
            "ops.ScanSizesContractTest",
            "ops.ScanPairContractTest",
            "ops.ScanTileContractTest",
            "ops.ScanBfloat16ContractTest",
            "ops.MixerBfloat16ContractTest",
            "ops.Conv1dOpsContractTest",
            "ops.fused.ConvProjectionContractTest",
            "ops.NormOpsContractTest",
            "ops.ActivationOpsContractTest",
            "ops.PointwiseOpsContractTest",
            "ops.PatchOpsContractTest",
            "ops.fused.EmbeddingOpsContractTest",
            "ops.DistillationLossOpsContractTest",
            "ops.fused.HeadOpsContractTest",
            "ops.OptimizerOpsContractTest",
            "ops.DescentOpsContractTest",
            "ops.GradientNormOpsContractTest",
            "ops.GradientAssemblyContractTest",
            "ops.DropoutOpsContractTest",
            "ops.ImagePipelineOpsContractTest",
            "ops.PlacedImagesContractTest",
            "ops.ResidentDataOpsContractTest",
            "ops.PoolOpsContractTest",
            "ops.BatchNormOpsContractTest",
            "ops.BatchNormTailsContractTest",
            "ops.Conv2dOpsContractTest",
            "ops.fused.NormProjectionOpsContractTest",
            "ops.fused.ProjectionOpsContractTest",
            "ops.fused.MixingOpsContractTest",
            "validate.golden.GoldenVectorsTest",
            "model.ModelsOnEveryBackendTest",
            "model.TeacherInBfloat16Test",
            "model.StudentInBfloat16Test",
            "train.step.BatchStatisticsTest",
            "train.step.TrainStepTest",
            "train.run.AugmentedBatchesTest",
            "train.run.ReadGroupTest",
            "train.run.WeightedBatchesTest");

    private static final int NO_DEVICE = 2;

    private DeviceTests() {}

    public static void main(String[] classNames) throws ClassNotFoundException {
        String refused = refusal();
        if (!refused.isEmpty()) {
            System.err.println("DeviceTests: " + refused);
            System.exit(NO_DEVICE);
        }
        List<String> names = new ArrayList<>(
                classNames.length > 0
                        ? List.of(classNames)
                        : ALL.stream().map(name -> "io.mambapkd." + name).toList());
        Launcher launcher = LauncherFactory.create();
        Count all = new Count();
        while (!names.isEmpty() && refused.isEmpty()) {
            String name = names.remove(0);
            Count count = new Count();
            launcher.execute(
                    LauncherDiscoveryRequestBuilder.request()
                            .selectors(selectClass(Class.forName(name)))
                            .build(),
                    count);
            System.out.println(name.substring(name.lastIndexOf('.') + 1) + ": " + count);
            count.failures.forEach(failure -> System.out.println("  failed: " + failure));
            all.add(count);
            refused = refusal();
        }
        if (!names.isEmpty()) {
            System.out.println("not run, as the device is of no use after the last class (" + refused
                    + "); start these again: " + String.join(" ", names));
        }
        System.out.println("tests: " + all);
        System.exit(all.passed > 0 && all.failures.isEmpty() && all.skipped == 0 && names.isEmpty() ? 0 : 1);
    }

    /** Why the device that is required is of no use; empty if it is, or none is required. */
    private static String refusal() {
        try {
            if (RealDevice.isRequired()) {
                RealDevice.hold();
            }
            return "";
        } catch (InputException | CudaCallError refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    private static final class Count implements TestExecutionListener {
        private final List<String> failures = new ArrayList<>();
        private int passed;
        private int skipped;

        void add(Count other) {
            passed += other.passed;
            skipped += other.skipped;
            failures.addAll(other.failures);
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            skipped++;
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            switch (result.getStatus()) {
                case SUCCESSFUL -> passed += test.isTest() ? 1 : 0;
                case ABORTED -> skipped++;
                case FAILED -> failures.add(test.getDisplayName() + ": " + FailureText.of(result));
            }
        }

        @Override
        public String toString() {
            return passed + " passed, " + failures.size() + " failed, " + skipped + " skipped";
        }
    }
}
