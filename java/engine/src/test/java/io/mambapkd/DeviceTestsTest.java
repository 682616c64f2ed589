package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link DeviceTests} runs where there is no Maven to find the tests. */
class DeviceTestsTest {
    private static final String BACKENDS = "io.mambapkd.ops.Backends#";

    private static final JavaClasses TESTS =
            new ClassFileImporter().importPath(Checkout.path("java/engine/target/test-classes"));

    private static Stream<JavaClass> onEveryBackend() {
        return TESTS.stream()
                .filter(type -> type.isAnnotatedWith(ParameterizedClass.class)
                        && type.isAnnotatedWith(MethodSource.class)
                        && type.getAnnotationOfType(MethodSource.class)
                                .value()[0]
                                .startsWith(BACKENDS));
    }

    @Test
    void everyClassThatRunsOnEveryBackendIsListed() {
        assertThat(DeviceTests.ALL)
                .containsExactlyInAnyOrderElementsOf(onEveryBackend()
                        .map(type -> type.getName().substring("io.mambapkd.".length()))
                        .toList());
    }

    /** The tag chooses what runs once more on the emulated driver that rounds like hardware. */
    @Test
    void everyClassThatRunsOnEveryBackendHasTheTag() {
        assertThat(onEveryBackend())
                .isNotEmpty()
                .allMatch(
                        type -> type.isAnnotatedWith(Tag.class)
                                && type.getAnnotationOfType(Tag.class).value().equals("device"),
                        "is tagged device");
    }
}
