package io.mambapkd.kernels.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * {@code make mutants ARITHMETIC=1}: breaks one line of arithmetic after the other and asks whether {@code validate} fails. Not part of the ordinary
 * tests (its name does not end in Test). {@code -Dmutants.only=FAMILY} limits it to one source, {@code -Dmutants.every=K} takes every K-th line of
 * all.
 */
final class ArithmeticRun {
    /** Most mutations are seen in a few cases, which saves time; those that are not are given as many as README.md tells users to draw. */
    private static final List<Integer> CASES = List.of(8, 50);

    private static final String SEED = "7";

    private static final String INTRODUCTION = """
            # Kernels with one line of arithmetic broken

            Written by `make mutants ARITHMETIC=1 EVERY=%d`: each line of the table is a kernel source with one operator, sign, constant or function
            exchanged (`ArithmeticFinder` tells the rules), run on the emulated driver by `validate --cases 50 --seed 7` with the operations that
            `operations.tsv` gives for the family. A difference is what killed it: a line of `validate`, or how its process ended. "Same code" means that
            the compiler makes the same instructions; `equivalent.tsv` says why no input can tell the equivalent ones.

            """;

    private record Candidate(String file, Mutation mutation) {}

    private final Path folder = Campaign.HOME.resolve("target/arithmetic");
    private final Map<String, List<String>> operations = Campaign.readLists(Campaign.HOME.resolve("operations.tsv"));
    private final Equivalents equivalents = new Equivalents(Campaign.HOME.resolve("equivalent.tsv"));
    private final KernelTree tree = new KernelTree(Campaign.REPOSITORY, folder, List.of("kernels"));
    private final VerdictLog log = new VerdictLog(folder.resolve("verdicts.tsv"));

    ArithmeticRun() throws IOException {}

    @Test
    void everyLineOfArithmeticIsNeededByValidate() throws IOException, InterruptedException {
        assertThat(operations.keySet())
                .as("families in kernels-build/mutants/operations.tsv")
                .containsExactlyInAnyOrderElementsOf(tree.families());
        String only = System.getProperty("mutants.only", "");
        String step = System.getProperty("mutants.every", "");
        int every = step.isEmpty() ? 1 : Integer.parseInt(step);
        Campaign campaign = new Campaign(tree, log, this::failureOf);
        MutantTable table = new MutantTable(INTRODUCTION.formatted(every), "first difference, or why there is none");
        List<Candidate> candidates = candidates();
        for (int i = 0; i < candidates.size(); i += every) {
            String file = candidates.get(i).file();
            if (only.isEmpty() || file.startsWith(only + ".")) {
                Mutation mutation = candidates.get(i).mutation();
                table.add(file, mutation, equivalents.known(file, mutation, campaign.judge(file, mutation)));
                System.out.println(table.last());
            }
        }
        System.out.println(table.summary());
        if (only.isEmpty()) {
            Files.writeString(Campaign.HOME.resolve("arithmetic.md"), table.markdown());
        }
        assertThat(table.survivors())
                .as(
                        "arithmetic that validate does not miss: have it draw what does, or say in equivalent.tsv why nothing can")
                .isEmpty();
    }

    private List<Candidate> candidates() {
        List<Candidate> all = new ArrayList<>();
        tree.sources()
                .forEach((file, source) -> ArithmeticFinder.mutationsOf(source)
                        .forEach(mutation -> all.add(new Candidate(file, mutation))));
        return all;
    }

    /** The first line in which validate names a difference, or nothing if there is none. */
    private String failureOf(String family, Path libraries, Duration limit) throws IOException, InterruptedException {
        Path output = folder.resolve("validate.log");
        for (int cases : CASES) {
            int status = Campaign.java(
                    output,
                    libraries,
                    limit,
                    List.of(
                            "-Dmambapkd.cuda.driver=" + Campaign.EMULATOR.resolve("libcuda.so.1"),
                            "-Dmambapkd.cuda.libs=" + Campaign.EMULATOR,
                            "io.mambapkd.cli.Main",
                            "validate",
                            "--cases",
                            String.valueOf(cases),
                            "--seed",
                            SEED,
                            "--ops",
                            String.join(",", operations.get(family))));
            if (status != 0) {
                return Campaign.firstLine(output, "FAILED ", status, limit);
            }
        }
        return "";
    }
}
