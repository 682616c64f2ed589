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
 * {@code make mutants}: takes each barrier and each guard out of each kernel in turn and asks whether a contract test sees it. Not part of the
 * ordinary tests (its name does not end in Test). {@code -Dmutants.only=FAMILY} limits it to one source.
 */
final class MutantRun {
    private static final String INTRODUCTION = """
            # Kernels without one barrier or guard

            Written by `make mutants`: each line of the table is a kernel source with one barrier deleted or one guard opened (cuda/README.md tells
            the forms), run on the emulated driver against the contract tests of its family. "Same code" means that the compiler makes the same
            instructions without it, as for a guard that the parameters of a template decide; `equivalent.tsv` says why no input can tell the equivalent ones.

            """;

    private final Map<String, List<String>> suites = Campaign.readLists(Campaign.HOME.resolve("suites.tsv"));
    private final KernelTree tree =
            new KernelTree(Campaign.REPOSITORY, Campaign.HOME.resolve("target"), List.of("kernels", "kernels_checked"));
    private final VerdictLog log = new VerdictLog(Campaign.HOME.resolve("target/verdicts.tsv"));
    private final Equivalents equivalents = new Equivalents(Campaign.HOME.resolve("equivalent.tsv"));

    MutantRun() throws IOException {}

    @Test
    void everyBarrierAndGuardIsNeededByATest() throws IOException, InterruptedException {
        assertThat(suites.keySet())
                .as("families in kernels-build/mutants/suites.tsv")
                .containsExactlyInAnyOrderElementsOf(tree.families());
        String only = System.getProperty("mutants.only", "");
        Campaign campaign = new Campaign(tree, log, this::failureOf);
        MutantTable table = new MutantTable(INTRODUCTION, "first failing test");
        for (Map.Entry<String, String> source : tree.sources().entrySet()) {
            if (!only.isEmpty() && !source.getKey().startsWith(only + ".")) {
                continue;
            }
            for (Mutation mutation : MutationFinder.mutationsOf(source.getValue())) {
                Verdict verdict = campaign.judge(source.getKey(), mutation);
                table.add(source.getKey(), mutation, equivalents.known(source.getKey(), mutation, verdict));
                System.out.println(table.last());
            }
        }
        System.out.println(table.summary());
        if (only.isEmpty()) {
            Files.writeString(Campaign.HOME.resolve("table.md"), table.markdown());
        }
        assertThat(table.survivors())
                .as(
                        "barriers and guards that no contract test misses: write the test, take them out of the kernel, or say in equivalent.tsv why nothing can")
                .isEmpty();
    }

    /** The first test that fails, or nothing if all pass. */
    private String failureOf(String family, Path libraries, Duration limit) throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(List.of("-Dmambapkd.emulator=" + Campaign.EMULATOR, SuiteUntilFailure.class.getName()));
        arguments.addAll(suites.get(family));
        Path output = Campaign.HOME.resolve("target/suite.log");
        int status = Campaign.java(output, libraries, limit, arguments);
        return status == 0
                ? ""
                : Campaign.firstLine(output, "failed ", status, limit).split(": ", 2)[0];
    }
}
