package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.Fault;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.driver.TestDevice;
import io.mambapkd.train.run.FailingRun.Call;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A distillation in which a call of the driver, of cuBLAS or of cuDNN fails ends with one sentence that names the failure, leaves nothing damaged, and when it is gone on with on a good
 * device, the same as one without a failure. Each call that is chosen fails in another way than the one before. {@code -Dmambapkd.faults=n} chooses every n-th call of all; without it one
 * of each entry point in each stage is chosen.
 */
@Tag("run")
class EveryDriverCallFailsTest {
    private static final int EVERY = Integer.getInteger("mambapkd.faults", 0);
    private static final int LIMIT_SECONDS = 30;
    private static final int STRIDE = 7;

    /** Two steps of a launch, three launches, of the teacher; one each, and three, of the student: as it is, captured, replayed. */
    private static final RunSpec SPEC = SmallRun.withStudents(
            SmallRun.spec(
                    "validationImages=8",
                    "testImages=8",
                    "teacher.images=32",
                    "teacher.batch=16",
                    "teacher.epochs=3",
                    "student.images=16",
                    "student.copies=2",
                    "student.epochs=3",
                    "student.batch=16"),
            1);

    private static final Dataset DATA = SmallRun.few(SmallRun.dataset(SPEC), 200, 60);

    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread worker = new Thread(task, "failing run");
        worker.setDaemon(true);
        return worker;
    });

    private final Set<String> goneOnFrom = new HashSet<>();

    @TempDir
    private Path folder;

    @BeforeEach
    void needsTheEmulatedDriver() {
        TestDevice.requireEmulation();
    }

    @AfterEach
    void leaveNothing() {
        thread.shutdownNow();
        PlannedFault.forget();
    }

    @Test
    void whereTheDataLieOnTheDevice() throws IOException {
        failEach(UnaryOperator.identity(), call -> true, 1);
    }

    /** Steps are launched one by one, so that states in the midst of an epoch are saved. What fails while one is made fails in each of the ways: nothing else would see a copy that was not made. */
    @Test
    void whereBatchesComeFromTheHost() throws IOException {
        failEach(NoRoomForData::on, call -> call.stage().startsWith("save of"), Fault.values().length);
    }

    /** The last save is made of a device that may have failed. */
    @Test
    void whereTheRunIsAskedToStop() throws IOException {
        FailingRun run = new FailingRun(SPEC, DATA, NoRoomForData::on);
        GoodRun good = good(run);
        int steps = 3;
        run.listStopped(folder.resolve("stopped"), steps);
        int lastLaunch = run.saved().get(run.saved().size() - 1).calls();
        List<Call> calls = run.calls().subList(lastLaunch, run.calls().size());
        int tried = 0;
        for (Call call : chosen(calls)) {
            Path place = folder.resolve("stop-" + call.number());
            fail(good, call, fault(call, tried++), place, Integer.MAX_VALUE, () -> run.stop(place, steps));
            goOn(run, good, place);
        }
        assertThat(tried).as("failures").isPositive();
    }

    private GoodRun good(FailingRun run) throws IOException {
        // Loads the driver, which is asked for its calls.
        run.run(folder.resolve("first"));
        run.list(folder.resolve("good"));
        RunResult result = RunResult.of(folder.resolve("good"));
        GoodRun good = new GoodRun(result, run.calls(), run.saved());
        run.list(folder.resolve("again"));
        assertThat(run.calls()).as("calls of the same run").isEqualTo(good.calls());
        good.requireSame(RunResult.of(folder.resolve("first")));
        return good;
    }

    /**
     * @param sampled calls that one of each kind is chosen from where not all are
     * @param faults that these have, one after the other
     */
    private void failEach(UnaryOperator<Backend> placing, Predicate<Call> sampled, int faults) throws IOException {
        FailingRun run = new FailingRun(SPEC, DATA, placing);
        GoodRun good = good(run);
        List<Call> calls = chosen(good.calls().stream()
                .filter(call -> EVERY > 0 || sampled.test(call))
                .toList());
        int tried = 0;
        int kept = 0;
        for (Call call : calls) {
            for (int i = 0; i < (EVERY > 0 ? 1 : faults); i++) {
                Path place = folder.resolve("call-" + call.number() + "-" + i);
                PlannedFault fault = fault(call, tried++);
                kept += fail(good, call, fault, place, call.number(), () -> run.run(place));
                goOn(run, good, place);
            }
        }
        assertThat(kept).as("saves and checkpoints behind %d failures", tried).isGreaterThan(tried / 2);
    }

    /** Every few calls, or one of each entry point in each stage: not always the first, so that not all of them come before the first save. */
    private static List<Call> chosen(List<Call> calls) {
        if (EVERY > 0) {
            return IntStream.range(0, calls.size())
                    .filter(i -> i % EVERY == 0)
                    .mapToObj(calls::get)
                    .toList();
        }
        Map<String, List<Call>> groups = new LinkedHashMap<>();
        calls.forEach(call -> groups.computeIfAbsent(call.stage() + " " + call.name(), key -> new ArrayList<>())
                .add(call));
        List<Call> chosen = new ArrayList<>();
        for (List<Call> group : groups.values()) {
            chosen.add(group.get(STRIDE * chosen.size() % group.size()));
        }
        return chosen;
    }

    private static PlannedFault fault(Call call, int number) {
        List<PlannedFault> faults = PlannedFault.of(call);
        // Without a divisor in common with their number, so that all of them have their turn; four in a row are of the
        // four kinds of fault.
        return faults.get(STRIDE * number % faults.size());
    }

    /** Returns the number of saves and checkpoints that are left. */
    private int fail(GoodRun good, Call call, PlannedFault fault, Path place, int lastCall, Runnable run)
            throws IOException {
        String what = call + ", " + fault;
        fault.plan(call.number());
        Throwable failure = failure(run, what);
        assertThat(EmulatedDriver.plannedFailureHappened()).as(what).isTrue();
        PlannedFault.forget();
        if (failure == null) {
            good.requireSame(RunResult.of(place));
            return 0;
        }
        try {
            assertThat(fault.exitCodes()).contains(PlannedFault.exitCode(failure));
            assertThat(fault.isNamedBy(failure)).isTrue();
            assertThat(failure.getMessage()).isNotBlank().doesNotContain("\n");
            assertThat(threads()).isEmpty();
            return Files.exists(place) ? good.requireWhole(place, lastCall) : 0;
        } catch (AssertionError wrong) {
            wrong.addSuppressed(failure);
            throw new AssertionError(what + " ended by " + failure + ": " + wrong.getMessage(), wrong);
        }
    }

    /** What ended the run; null if nothing did. */
    private @Nullable Throwable failure(Runnable run, String what) {
        Future<?> end = thread.submit(run);
        try {
            end.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (TimeoutException e) {
            String at = Thread.getAllStackTraces().entrySet().stream()
                    .filter(entry -> entry.getKey().getName().equals("failing run"))
                    .map(entry -> Arrays.toString(entry.getValue()))
                    .findFirst()
                    .orElse("");
            throw new AssertionError(what + ": no end after " + LIMIT_SECONDS + " s, at " + at, e);
        } catch (InterruptedException e) {
            throw new AssertionError(what, e);
        }
    }

    /** Threads of the run that have not ended; they are given time to. */
    private static List<String> threads() {
        List<Thread> left = Thread.getAllStackTraces().keySet().stream()
                .filter(worker -> worker.getName().startsWith("mamba-pkd"))
                .toList();
        left.forEach(worker -> {
            try {
                worker.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return left.stream().filter(Thread::isAlive).map(Thread::getName).toList();
    }

    /** A run that was not begun has lost nothing; and what has the same files as another, which are all known to the bit, goes on as that one did. */
    private void goOn(FailingRun run, GoodRun good, Path place) throws IOException {
        if (Files.exists(place) && goneOnFrom.add(GoodRun.state(place))) {
            run.run(place);
            good.requireSame(RunResult.of(place));
        }
        delete(place);
    }

    /** Thousands of runs have no room. */
    private static void delete(Path place) throws IOException {
        if (Files.exists(place)) {
            try (var all = Files.walk(place)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
