package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link DeviceTests} runs where there is no Maven to find the tests. */
class DeviceTestsTest {
    private static final String BACKENDS = "io.mambapkd.ops.Backends#";

    @Test
    void everyClassThatRunsOnEveryBackendIsListed() {
        List<String> found = new ClassFileImporter()
                .importPackages("io.mambapkd").stream()
                        .filter(type -> type.isAnnotatedWith(ParameterizedClass.class)
                                && type.isAnnotatedWith(MethodSource.class)
                                && type.getAnnotationOfType(MethodSource.class)
                                        .value()[0]
                                        .startsWith(BACKENDS))
                        .map(JavaClass::getName)
                        .map(name -> name.substring("io.mambapkd.".length()))
                        .toList();
        assertThat(DeviceTests.ALL).containsExactlyInAnyOrderElementsOf(found);
    }
}
