package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.settings.RunSpec;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The caching of copies, stopped at each place where it asks. */
final class StoppedCachingTest {
    private static final String[] SMALL = {
        "teacher.batch=32", "student.images=96", "student.copies=2", "teacher.channels=[2]"
    };
    /** The batches of both copies, and one piece of the pixels of the copy that has its own. */
    private static final int ON_THE_DEVICE = 2 * 3 + 1;

    /** Nobody asks for the clean copy, which has no pixels to make; its pieces ask, too. */
    private static final int ON_THE_HOST = 2 * 3 + 2;

    /** Stops when it is asked for the n-th time. */
    private record Stopping(AtomicInteger left) implements RunListener {
        @Override
        public void stageStarted(String stage) {}

        @Override
        public void progress(
                String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {}

        @Override
        public void epochFinished(EpochRecord epoch) {}

        @Override
        public void note(String sentence) {}

        @Override
        public boolean stopRequested() {
            return left.decrementAndGet() == 0;
        }
    }

    private final RunSpec spec = SmallRun.spec(SMALL);
    private final Dataset dataset = SmallRun.dataset(spec);

    private CopyCache copies(Backend backend, int place) {
        RunListener listener = new Stopping(new AtomicInteger(place));
        try (CnnTeacher teacher = TeacherStage.create(backend, spec, dataset)) {
            teacher.parameters().initialise(spec.seed(), 0);
            return new DataPlacement(backend, spec, dataset, listener).copies(teacher);
        }
    }

    private void stopsEverywhere(Backend backend, int places) {
        for (int place = 1; place <= places; place++) {
            int own = place;
            assertThatThrownBy(() -> copies(backend, own)).as("place %d", place).isInstanceOf(RunStopped.class);
        }
        copies(backend, places + 1).close();
    }

    @Test
    void onTheHost() {
        try (Backend cpu = new CpuBackend(2)) {
            stopsEverywhere(cpu, ON_THE_HOST);
        }
    }

    @Test
    void onADeviceWhoseMemoryIsGivenBack() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        try (Backend device = EmulatedDriver.openPacked(Steps.EAGER)) {
            copies(device, ON_THE_DEVICE + 1).close();
            long before = EmulatedDriver.liveObjects();

            stopsEverywhere(device, ON_THE_DEVICE);

            assertThat(EmulatedDriver.liveObjects()).isEqualTo(before);
        }
    }
}
