package io.mambapkd.kernels.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * {@code make mutants}: takes each barrier and each guard out of each kernel in turn and asks whether a contract test sees it. Not part of the
 * ordinary tests (its name does not end in Test). {@code -Dmutants.only=FAMILY} limits it to one source.
 */
final class MutantRun {
    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
    private static final Path HOME = REPOSITORY.resolve("kernels-build/mutants");
    private static final Path EMULATOR = REPOSITORY.resolve("kernels-build/emulator/build");

    private final Map<String, List<String>> suites = readSuites(HOME.resolve("suites.tsv"));
    private final KernelTree tree = new KernelTree(REPOSITORY, HOME.resolve("target"));
    private final VerdictLog log = new VerdictLog(HOME.resolve("target/verdicts.tsv"));
    private final Map<String, Duration> limits = new TreeMap<>();

    MutantRun() throws IOException, InterruptedException {}

    @Test
    void everyBarrierAndGuardIsNeededByATest() throws IOException, InterruptedException {
        assertThat(suites.keySet())
                .as("families in kernels-build/mutants/suites.tsv")
                .containsExactlyInAnyOrderElementsOf(tree.families());
        String only = System.getProperty("mutants.only", "");
        MutantTable table = new MutantTable();
        for (Map.Entry<String, String> source : tree.sources().entrySet()) {
            String file = source.getKey();
            if (!only.isEmpty() && !file.startsWith(only + ".")) {
                continue;
            }
            for (Mutation mutation : MutationFinder.mutationsOf(source.getValue())) {
                long start = System.nanoTime();
                Verdict verdict = judge(file, mutation);
                table.add(file, mutation, verdict);
                System.out.printf(
                        "%s:%d %s: %s %s (%.1f s)%n",
                        file,
                        mutation.line(),
                        mutation.description(),
                        verdict.outcome().word,
                        verdict.by(),
                        (System.nanoTime() - start) / 1e9);
            }
        }
        System.out.println(table.summary());
        if (only.isEmpty()) {
            Files.writeString(HOME.resolve("table.md"), table.markdown());
        }
        assertThat(table.survivors())
                .as("barriers and guards that no contract test misses: write the test, or take them out of the kernel")
                .isEmpty();
    }

    private Verdict judge(String file, Mutation mutation) throws IOException, InterruptedException {
        List<String> sources = new ArrayList<>(List.of(file, mutation.source()));
        tree.familiesWith(file)
                .forEach(family ->
                        sources.addAll(tree.withIncludes(family + ".cu").values()));
        String key = VerdictLog.key(sources);
        Verdict known = log.find(key);
        if (known != null) {
            return known;
        }
        for (String family : tree.familiesWith(file)) {
            prepare(family);
        }
        tree.exchange(file, mutation.source());
        try {
            Verdict verdict = run(file);
            log.add(key, verdict);
            return verdict;
        } finally {
            tree.restore(file);
        }
    }

    /** Runs the suites of all families with that file, until one fails. */
    private Verdict run(String file) throws IOException, InterruptedException {
        Verdict verdict = new Verdict(Verdict.Outcome.SAME_CODE, "");
        for (String family : tree.familiesWith(file)) {
            String refused = tree.build(family);
            if (!refused.isEmpty()) {
                return new Verdict(Verdict.Outcome.KILLED, "the compiler");
            }
            if (!tree.isUnchanged(family)) {
                String failure = failureOf(family);
                if (!failure.isEmpty()) {
                    return new Verdict(Verdict.Outcome.KILLED, failure);
                }
                verdict = new Verdict(Verdict.Outcome.SURVIVED, "");
            }
        }
        return verdict;
    }

    /** Runs a family's suite on its unchanged kernels once, which must pass, and takes from that how long it may last. */
    private void prepare(String family) throws IOException, InterruptedException {
        if (!limits.containsKey(family)) {
            tree.buildOriginal(family);
            limits.put(family, Duration.ofMinutes(5));
            long start = System.nanoTime();
            assertThat(failureOf(family))
                    .as("suite of %s on the kernels as they are", family)
                    .isEmpty();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            limits.put(family, took.multipliedBy(5).plusSeconds(20));
        }
    }

    /** The first test that fails, or nothing if all pass. */
    private String failureOf(String family) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dmambapkd.emulator=" + EMULATOR,
                SuiteUntilFailure.class.getName()));
        command.addAll(suites.get(family));
        Path output = HOME.resolve("target/suite.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("CUEMU_KERNELS_DIR", tree.libraries().toString());
        Process process = builder.start();
        if (!process.waitFor(limits.get(family).toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            return "no end after " + limits.get(family).toSeconds() + " s";
        }
        if (process.exitValue() == 0) {
            return "";
        }
        return Files.readAllLines(output).stream()
                .filter(line -> line.startsWith("failed "))
                .findFirst()
                .map(line -> line.substring("failed ".length()).split(": ", 2)[0])
                .orElse("the process, which ended with " + process.exitValue());
    }

    private static Map<String, List<String>> readSuites(Path file) throws IOException {
        Map<String, List<String>> suites = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.startsWith("#") && !line.isBlank()) {
                String[] column = line.split("\t", -1);
                suites.put(column[0], List.of(column[1].split(" ", -1)));
            }
        }
        return suites;
    }
}
