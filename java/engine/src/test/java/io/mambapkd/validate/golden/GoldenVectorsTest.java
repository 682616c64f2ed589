package io.mambapkd.validate.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.results.ValidationRecord.Row;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every case of the reference vectors, from the folder named by the system property {@code golden.dir} or, without it, from the
 * test resources.
 */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class GoldenVectorsTest {
    private final BackendUnderTest under;

    GoldenVectorsTest(BackendUnderTest under) {
        this.under = under;
    }

    @TestFactory
    Stream<DynamicTest> everyCaseIsReproducedWithinItsTolerance() {
        List<GoldenCase> cases = GoldenFolder.load(folder());
        assertThat(cases).isNotEmpty();
        return cases.stream().map(golden -> DynamicTest.dynamicTest(golden.toString(), () -> check(golden)));
    }

    private void check(GoldenCase golden) {
        try (Backend backend = under.open()) {
            List<Row> rows = GoldenRunners.compare(backend, golden, 1);
            assertThat(rows).extracting(Row::tensor).containsExactlyElementsOf(golden.expected());
            assertThat(rows).allMatch(Row::passed);
        }
    }

    private static Path folder() {
        String given = System.getProperty("golden.dir", "");
        return given.isEmpty() ? Path.of("src", "test", "resources", "golden") : Path.of(given);
    }
}
