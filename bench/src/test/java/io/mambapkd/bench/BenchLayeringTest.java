package io.mambapkd.bench;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.mambapkd.ops.cuda.driver.DeviceClock;
import io.mambapkd.ops.cuda.driver.DeviceTraits;

/** The doors between the rooms of bench, and between bench and the CUDA backend. */
@AnalyzeClasses(
        packages = {"io.mambapkd.bench", "io.mambapkd.ops.cuda"},
        importOptions = ImportOption.DoNotIncludeTests.class)
final class BenchLayeringTest {
    @ArchTest
    static final ArchRule roomsFormNoCycle =
            slices().matching("io.mambapkd.bench.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule resultsAndOptionsKnowNoCommand = noClasses()
            .that()
            .resideInAnyPackage("io.mambapkd.bench.result", "io.mambapkd.bench.options")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.mambapkd.bench..")
                    .and(not(resideInAnyPackage("io.mambapkd.bench.result", "io.mambapkd.bench.options"))));

    /** The clock and the traits of the device are what everyone may take from a backend. */
    @ArchTest
    static final ArchRule onlyVariantsAndLibraryChecksUseTheRoomsOfTheCudaBackend = noClasses()
            .that()
            .resideInAPackage("io.mambapkd.bench..")
            .and()
            .resideOutsideOfPackages("io.mambapkd.bench.variants", "io.mambapkd.bench.nvidia")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "io.mambapkd.ops.cuda.natives",
                            "io.mambapkd.ops.cuda.ptx",
                            "io.mambapkd.ops.cuda.driver",
                            "io.mambapkd.ops.cuda.kernels",
                            "io.mambapkd.ops.cuda.libraries")
                    .and(not(type(DeviceClock.class).or(type(DeviceTraits.class)))));
}
