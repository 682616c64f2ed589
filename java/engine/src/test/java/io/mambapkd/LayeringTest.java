package io.mambapkd;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The floors of the house, and the doors of its rooms. */
@AnalyzeClasses(packages = "io.mambapkd", importOptions = ImportOption.DoNotIncludeTests.class)
final class LayeringTest {
    /** Files of a package; one more is asking for a room. */
    private static final int MOST_FILES = 30;

    /** From the top; a package uses those of its own row (without a cycle) and of the rows below. */
    private static final List<List<String>> ROWS = List.of(
            List.of("cli"),
            List.of("train", "validate", "report", "terminal"),
            List.of("distill", "model", "optim", "data", "checkpoint", "results", "config"),
            List.of("nn"),
            List.of("ops"),
            List.of("tensor", "random", "image", "doctor", "storage"),
            List.of("runtime"));

    @ArchTest
    static void packagesUseOnlyWhatIsBelowThem(JavaClasses classes) {
        for (int row = 1; row < ROWS.size(); row++) {
            String[] above = ROWS.subList(0, row).stream()
                    .flatMap(List::stream)
                    .flatMap(LayeringTest::within)
                    .toArray(String[]::new);
            String[] here = ROWS.get(row).stream().flatMap(LayeringTest::within).toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAnyPackage(here)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(above)
                    .check(classes);
        }
    }

    private static Stream<String> within(String name) {
        return Stream.of("io.mambapkd." + name + "..");
    }

    @ArchTest
    static void everyPackageHasAPlace(JavaClasses classes) {
        String[] known = Stream.concat(
                        Stream.of("io.mambapkd"),
                        ROWS.stream().flatMap(List::stream).flatMap(LayeringTest::within))
                .toArray(String[]::new);
        noClasses().should().resideOutsideOfPackages(known).check(classes);
    }

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.mambapkd.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule whatIsForAllUsesNothingOfTheProgram = noClasses()
            .that()
            .resideInAPackage("io.mambapkd")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.mambapkd.*..");

    @ArchTest
    static final ArchRule trainingKnowsNoPresentation = noClasses()
            .that()
            .resideInAnyPackage("io.mambapkd.train..", "io.mambapkd.validate..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.mambapkd.report..", "io.mambapkd.terminal..");

    @ArchTest
    static final ArchRule backendsAreNamedOnlyInTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackages("io.mambapkd.ops.cpu..", "io.mambapkd.ops.cuda..", "io.mambapkd.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.mambapkd.ops.cpu..", "io.mambapkd.ops.cuda..");

    @ArchTest
    static final ArchRule theCpuBackendDoesNotKnowTheOther = noClasses()
            .that()
            .resideInAPackage("io.mambapkd.ops.cpu..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.mambapkd.ops.cuda..");

    @ArchTest
    static final ArchRule theCudaBackendDoesNotKnowTheOther = noClasses()
            .that()
            .resideInAPackage("io.mambapkd.ops.cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.mambapkd.ops.cpu..");

    @ArchTest
    static final ArchRule theRoomsOfTheCudaBackendAreClosed = noClasses()
            .that()
            .resideOutsideOfPackage("io.mambapkd.ops.cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    within("ops.cuda", "natives", "ptx", "driver", "kernels", "fused", "assembly", "libraries"));

    @ArchTest
    static final ArchRule theRoomsOfTheCpuBackendAreClosed = noClasses()
            .that()
            .resideOutsideOfPackage("io.mambapkd.ops.cpu..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(within("ops.cpu", "kernels", "memory", "threads", "math"));

    private static String[] within(String house, String... rooms) {
        return Stream.of(rooms).map(room -> "io.mambapkd." + house + "." + room).toArray(String[]::new);
    }

    @ArchTest
    static void noPackageHasMoreThan30Classes(JavaClasses classes) {
        Map<String, Long> files = classes.stream()
                .filter(type -> type.isTopLevelClass())
                .collect(Collectors.groupingBy(type -> type.getPackageName(), Collectors.counting()));
        assertThat(files.values()).allMatch(count -> count <= MOST_FILES, "at most " + MOST_FILES + " of " + files);
    }

    @ArchTest
    static final ArchRule onlyTheCudaBackendNamesCuda = noClasses()
            .that()
            .resideOutsideOfPackage("io.mambapkd.ops.cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jcuda..");

    @ArchTest
    static final ArchRule onlyTheCommandLineReadsOptionsAndPrints = noClasses()
            .that()
            .resideOutsideOfPackage("io.mambapkd.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..")
            .orShould()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    /** The Java that ships with the bundle for a machine with a GPU has these alone; java.desktop would add 3 MiB to it. */
    @ArchTest
    static final ArchRule theProgramNeedsFewModulesOfJava = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.awt..", "java.beans..", "javax.imageio..", "javax.swing..", "java.sql..", "javax.naming..");

    /** The Java of that bundle has no HTTP client; only where data sets are fetched is it looked for. */
    @ArchTest
    static final ArchRule onlyFetchingSpeaksHttp = noClasses()
            .that()
            .resideOutsideOfPackage("io.mambapkd.data.fetch..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.net.http..");

    /** Their last bits may differ between virtual machines; StrictMath's and our own do not. */
    @ArchTest
    static final ArchRule resultsDoNotDependOnTheVirtualMachinesMath = noClasses()
            .that()
            .resideOutsideOfPackages("io.mambapkd.cli..", "io.mambapkd.report..")
            .should()
            .callMethodWhere(target(owner(type(Math.class)))
                    .and(target(nameMatching(
                            "exp|expm1|log|log10|log1p|pow|sin|cos|tan|sinh|cosh|tanh|cbrt|hypot|a(sin|cos|tan2?)"))));
}
