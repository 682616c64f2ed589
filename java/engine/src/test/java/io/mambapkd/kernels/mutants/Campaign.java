package io.mambapkd.kernels.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Builds the kernels with one mutation after the other and asks an examiner whether it notices. */
final class Campaign {
    static final Path REPOSITORY = Checkout.path("");
    static final Path HOME = REPOSITORY.resolve("kernels-build/mutants");
    static final Path EMULATOR = REPOSITORY.resolve("kernels-build/emulator/build");

    /** Notices a mutation or does not. */
    @FunctionalInterface
    interface Examiner {
        /**
         * What fails on the kernels of a family as they are built, or nothing if all is well.
         *
         * @param libraries the folder for CUEMU_KERNELS_DIR
         * @param limit after which a process has no end
         */
        String failureOf(String family, Path libraries, Duration limit) throws IOException, InterruptedException;
    }

    private final KernelTree tree;
    private final VerdictLog log;
    private final Examiner examiner;
    private final Map<String, Duration> limits = new TreeMap<>();

    Campaign(KernelTree tree, VerdictLog log, Examiner examiner) {
        this.tree = tree;
        this.log = log;
        this.examiner = examiner;
    }

    /** What becomes of a mutation of a file, from the log where it is known. */
    Verdict judge(String file, Mutation mutation) throws IOException, InterruptedException {
        List<String> sources = new ArrayList<>(List.of(file, mutation.source()));
        tree.familiesWith(file)
                .forEach(family ->
                        sources.addAll(tree.withIncludes(family + ".cu").values()));
        String key = VerdictLog.key(sources);
        Verdict known = log.find(key);
        if (known != null) {
            return known;
        }
        tree.exchange(file, mutation.source());
        try {
            Verdict verdict = run(file, mutation);
            log.add(key, verdict);
            return verdict;
        } finally {
            tree.restore(file);
        }
    }

    /** Examines all families with that file, until one fails. */
    private Verdict run(String file, Mutation mutation) throws IOException, InterruptedException {
        Verdict verdict = new Verdict(Verdict.Outcome.SAME_CODE, "");
        for (String family : tree.familiesWith(file)) {
            if (!limits.containsKey(family)) {
                tree.restore(file);
                prepare(family);
                tree.exchange(file, mutation.source());
            }
            String refused = tree.build(family);
            if (!refused.isEmpty()) {
                return new Verdict(Verdict.Outcome.KILLED, "the compiler");
            }
            if (!tree.isUnchanged(family)) {
                String failure = examiner.failureOf(family, tree.libraries(), limits.get(family));
                if (!failure.isEmpty()) {
                    return new Verdict(Verdict.Outcome.KILLED, failure);
                }
                verdict = new Verdict(Verdict.Outcome.SURVIVED, "");
            }
        }
        return verdict;
    }

    /** Examines a family's unchanged kernels once, which must pass, and takes from that how long it may last. */
    private void prepare(String family) throws IOException, InterruptedException {
        tree.buildOriginal(family);
        long start = System.nanoTime();
        assertThat(examiner.failureOf(family, tree.libraries(), Duration.ofMinutes(5)))
                .as("what fails in %s on the kernels as they are", family)
                .isEmpty();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        limits.put(family, took.multipliedBy(5).plusSeconds(20));
    }

    /**
     * Runs a class of this program's in a process of its own on kernels of a folder.
     *
     * @param output takes what it prints
     * @return its exit status; negative if it was ended at the limit
     */
    static int java(Path output, Path libraries, Duration limit, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("CUEMU_KERNELS_DIR", libraries.toString());
        Process process = builder.start();
        if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            return -1;
        }
        return process.exitValue();
    }

    /** The first line of the output that begins so, without its beginning; or else what became of the process. */
    static String firstLine(Path output, String beginning, int status, Duration limit) throws IOException {
        if (status < 0) {
            return "no end after " + limit.toSeconds() + " s";
        }
        return Files.readAllLines(output).stream()
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .map(line -> line.substring(beginning.length()))
                .orElse("the process, which ended with " + status);
    }

    /** Lists by family, from a file of two columns between tabs, the second of which holds items between spaces. */
    static Map<String, List<String>> readLists(Path file) throws IOException {
        Map<String, List<String>> lists = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.startsWith("#") && !line.isBlank()) {
                String[] column = line.split("\t", -1);
                lists.put(column[0], List.of(column[1].split(" ", -1)));
            }
        }
        return lists;
    }
}
