package io.mambapkd.cli.commands;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.Main;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.cli.session.Session;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import java.io.PrintWriter;
import java.lang.StackWalker.StackFrame;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** The program, which waits at a place of its work for the signal that stops it. A place is a stage and the method that asks there whether to stop. */
final class StageProgram {
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(30);

    private StageProgram() {}

    /** Arguments: the place, then the command line. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        Session session =
                new Session(out, out, jobs(args[0], out), Path.of("runs"), Clock.systemUTC(), CommandRun.NO_GPU);
        System.exit(Main.execute(session, Arrays.copyOfRange(args, 1, args.length)));
    }

    private static Jobs jobs(String place, PrintWriter out) {
        return new Jobs() {
            @Override
            public RunSummary distill(RunContext context, Extent extent) {
                return REAL.distill(waiting(context), extent);
            }

            @Override
            public RunSummary evaluate(RunContext context) {
                return REAL.evaluate(waiting(context));
            }

            @Override
            public byte[] report(RunContext context) {
                return REAL.report(waiting(context));
            }

            private RunContext waiting(RunContext context) {
                return new RunContext(
                        context.backend(),
                        context.device(),
                        context.threads(),
                        context.spec(),
                        context.dataset(),
                        context.folder(),
                        context.parts(),
                        new Waiting(context.listener(), place, out));
            }
        };
    }

    private static final class Waiting implements RunListener {
        private final RunListener next;
        private final String place;
        private final PrintWriter out;
        private final AtomicBoolean reached = new AtomicBoolean();
        private volatile String stage = "start";

        Waiting(RunListener next, String place, PrintWriter out) {
            this.next = next;
            this.place = place;
            this.out = out;
        }

        @Override
        public boolean stopRequested() {
            if (place.equals(stage + " " + asking()) && reached.compareAndSet(false, true)) {
                out.println("waits at " + place);
                long since = System.nanoTime();
                while (!next.stopRequested() && System.nanoTime() - since < LONGEST_NANOS) {
                    LockSupport.parkNanos(100_000);
                }
            }
            return next.stopRequested();
        }

        /** The innermost method of the work: lambdas and those that only pass the question on do not count. */
        private static String asking() {
            return StackWalker.getInstance()
                    .walk(frames -> frames.filter(Waiting::isWork)
                            .findFirst()
                            .map(frame -> frame.getClassName().replaceFirst(".*\\.", "") + "." + frame.getMethodName())
                            .orElse("another thread"));
        }

        private static boolean isWork(StackFrame frame) {
            return frame.getClassName().startsWith("io.mambapkd.")
                    && !frame.getClassName().matches(".*(StageProgram.*|RunListener|EpochLog|CachingProgress)")
                    && !frame.getMethodName().startsWith("lambda$");
        }

        @Override
        public void stageStarted(String started) {
            stage = started;
            next.stageStarted(started);
        }

        @Override
        public void progress(String name, long done, long total, double loss, double accuracy, double imagesPerSecond) {
            next.progress(name, done, total, loss, accuracy, imagesPerSecond);
        }

        @Override
        public void epochFinished(EpochRecord epoch) {
            next.epochFinished(epoch);
        }

        @Override
        public void note(String sentence) {
            next.note(sentence);
        }
    }
}
