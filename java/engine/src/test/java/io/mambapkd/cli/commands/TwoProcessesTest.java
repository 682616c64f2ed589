package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.TalkingChild;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import io.mambapkd.cli.Main;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.cli.session.Session;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.storage.HoldingProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program, started twice on one run folder or one folder of images. */
@Tag("process")
@Timeout(120)
final class TwoProcessesTest {
    private static final String BETWEEN = "\t";

    @TempDir
    private Path folder;

    private Path data;
    private Path run;

    @BeforeEach
    void writeData() throws IOException {
        data = folder.resolve("bars");
        run = folder.resolve("run");
        BarImages.write(data, 8, 4, 100, 40, 200);
    }

    /** Carries out one command line for each line that it is told, with work that lasts until the next line; prints what became of it, and the time. */
    static final class Contestant {
        private Contestant() {}

        public static void main(String[] args) throws IOException {
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            Jobs work = new FakeJobs(listener -> {
                System.out.println("working");
                try {
                    input.readLine();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                long start = System.nanoTime();
                StringWriter err = new StringWriter();
                PrintWriter to = new PrintWriter(err, true);
                Session session = new Session(to, to, work, Path.of(args[0]), Clock.systemUTC(), CommandRun.NO_GPU);
                int exitCode = Main.execute(session, line.split(BETWEEN, -1));
                String last = err.toString().lines().reduce("", (before, after) -> after);
                System.out.println(
                        "exit " + exitCode + " after " + (System.nanoTime() - start) / 1_000_000 + " ms: " + last);
            }
        }
    }

    private List<String> distill() {
        return RunOfBars.distill(data, run, "--set", "student.epochs=9999");
    }

    @Test
    void theSecondIsRefusedAndAfterAKillAThirdGoesOn() throws IOException {
        try (TalkingChild first = TalkingChild.start(Main.class, distill().toArray(String[]::new));
                TalkingChild second = TalkingChild.start(Contestant.class, folder.toString())) {
            // Long enough that the first cannot end before the others are refused.
            String begun = "a: epoch 1/9999";
            assertThat(first.hear(line -> line.startsWith(begun))).startsWith(begun);
            for (List<String> command : List.of(
                    distill(), List.of("distill", "--resume", run.toString()), List.of("report", run.toString()))) {
                second.tell(String.join(BETWEEN, command));
                String answer = second.hear();
                assertThat(answer)
                        .startsWith("exit 8 after ")
                        .endsWith("mamba-pkd: expected a run folder that no other process uses, got one in use by"
                                + " process " + first.pid() + " on host " + TalkingChild.host() + ", at " + run
                                + "; wait until it ends, or stop it");
                assertThat(Long.parseLong(answer.split(" ", -1)[3])).isLessThan(2000);
            }
            first.kill();
            second.tell(String.join(BETWEEN, "distill", "--resume", run.toString(), "--device", "cpu"));
            assertThat(second.hear()).isEqualTo("working");
            second.tell("end");
            assertThat(second.hear()).startsWith("exit 0 ");
        }
    }

    /** Both are told almost at once; then each folder is gone on with in the same way. */
    @Test
    void ofTwentyDoubleStartsEachHasOneWinner() throws IOException {
        try (TalkingChild first = TalkingChild.start(Contestant.class, folder.toString());
                TalkingChild second = TalkingChild.start(Contestant.class, folder.toString())) {
            Map<String, Integer> losers = new TreeMap<>();
            for (int start = 0; start < 20; start++) {
                run = folder.resolve("run-" + start);
                for (List<String> command :
                        List.of(distill(), List.of("distill", "--resume", run.toString(), "--device", "cpu"))) {
                    first.tell(String.join(BETWEEN, command));
                    second.tell(String.join(BETWEEN, command));
                    String a = first.hear();
                    String b = second.hear();
                    TalkingChild winner = a.equals("working") ? first : second;
                    String refusal = a.equals("working") ? b : a;
                    assertThat(List.of(a, b)).containsOnlyOnce("working");
                    assertThat(refusal)
                            .matches("exit (8 .* in use by process " + winner.pid()
                                    + " on host \\S+|2 .* expected a new or empty run folder).*");
                    losers.merge(refusal.substring(0, 6), 1, Integer::sum);
                    winner.tell("end");
                    assertThat(winner.hear()).startsWith("exit 0 ");
                }
            }
            assertThat(losers.get("exit 8")).as("of %s", losers).isGreaterThanOrEqualTo(20);
        }
    }

    @Test
    void whoWaitsForTheImagesOfAnotherSaysSoAndCanBeStopped() throws Exception {
        Path images = folder.resolve("images");
        for (String name : List.of("cat", "dog")) {
            Path place = Files.createDirectories(images.resolve(name));
            for (int i = 0; i < 12; i++) {
                Files.write(place.resolve(i + ".png"), TestImages.png(4, 5, i + name.hashCode()));
            }
        }
        String[] command = {
            "data",
            "info",
            "folder:" + images,
            "--cache-dir",
            folder.resolve("cache").toString()
        };
        CommandRun.of(new FakeJobs(), folder, command);
        Path lock;
        try (var files = Files.list(folder.resolve("cache"))) {
            lock = files.filter(file -> file.toString().endsWith(".lock"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.delete(Path.of(lock.toString().replace(".lock", ".images")));
        try (TalkingChild holder = TalkingChild.start(HoldingProgram.class, lock.toString())) {
            assertThat(holder.hear()).isEqualTo("held");
            try (TalkingChild waiting = TalkingChild.start(Main.class, command)) {
                String note = "note: waiting for process " + holder.pid() + " on host " + TalkingChild.host()
                        + ", which decodes these images";
                assertThat(waiting.hear(line -> line.startsWith("note: waiting")))
                        .isEqualTo(note);
                waiting.terminate();
                assertThat(waiting.exitCode()).isEqualTo(128 + 15);
            }
            holder.tell("end");
            assertThat(holder.exitCode()).isZero();
        }
    }
}
