package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.mambapkd.emulator.EmulatedDriver;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * {@code make test}, second part: the tests of {@link DeviceTests} on the emulated driver whose kernels and libraries round like hardware. In a process of its
 * own, as a process loads one driver (the profile {@code hardware-rounding} starts it with {@code -Dmambapkd.emulator}), so its name does not end in Test.
 */
class HardwareRoundingRun {
    @TestFactory
    Stream<DynamicTest> everyDeviceTestPassesWhereArithmeticRoundsLikeHardware() {
        assumeTrue(
                EmulatedDriver.roundsLikeHardware(),
                () -> EmulatedDriver.library().getParent() + " is not the build that rounds like hardware, which"
                        + " 'make -C kernels-build/emulator hardware' makes on a processor with FMA3");
        return DeviceTests.ALL.stream().map(name -> DynamicTest.dynamicTest(name, () -> run("io.mambapkd." + name)));
    }

    private static void run(String className) throws ClassNotFoundException {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(Class.forName(className)))
                                .build(),
                        listener);
        TestExecutionSummary summary = listener.getSummary();
        assertThat(summary.getFailures().stream()
                        .map(failure -> failure.getTestIdentifier().getDisplayName() + ": " + failure.getException()))
                .as(className)
                .isEmpty();
        assertThat(summary.getTestsSucceededCount())
                .as("tests of %s that passed", className)
                .isPositive();
    }
}
