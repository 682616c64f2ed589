package io.mambapkd.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every case of the reference vectors, from the folder named by the system property {@code golden.dir} or, without it, from the
 * test resources.
 */
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class GoldenVectorsTest {
    private static final Map<String, GoldenRunner> RUNNERS = new HashMap<>();

    static {
        LossRunners.register(RUNNERS);
        SequenceRunners.register(RUNNERS);
        VisionRunners.register(RUNNERS);
    }

    private final BackendUnderTest under;

    GoldenVectorsTest(BackendUnderTest under) {
        this.under = under;
    }

    @TestFactory
    Stream<DynamicTest> everyCaseIsReproducedWithinItsTolerance() throws Exception {
        List<GoldenCase> cases = GoldenCase.load(folder());
        assertThat(cases).isNotEmpty();
        return cases.stream().map(golden -> DynamicTest.dynamicTest(golden.toString(), () -> check(golden)));
    }

    private void check(GoldenCase golden) {
        GoldenRunner runner = RUNNERS.get(golden.op());
        assertThat(runner)
                .as("no runner for operation %s of %s; known: %s", golden.op(), golden.file(), RUNNERS.keySet())
                .isNotNull();
        try (Backend backend = under.open()) {
            Map<String, float[]> results = runner.run(backend, golden);
            List<String> mismatches = new ArrayList<>();
            for (String name : golden.expected()) {
                if (!results.containsKey(name)) {
                    mismatches.add(name + " was not computed");
                    continue;
                }
                String mismatch = golden.mismatch(name, results.get(name));
                if (!mismatch.isEmpty()) {
                    mismatches.add(mismatch);
                }
            }
            assertThat(mismatches).as(golden.file()).isEmpty();
        }
    }

    private static Path folder() throws IOException {
        String given = System.getProperty("golden.dir", "");
        return given.isEmpty() ? Path.of("src", "test", "resources", "golden") : Path.of(given);
    }
}
