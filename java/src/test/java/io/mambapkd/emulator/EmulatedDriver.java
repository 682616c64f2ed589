package io.mambapkd.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.CudaOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;

/** The emulated CUDA driver of {@code kernels-build/emulator}, and its controls. */
public final class EmulatedDriver {
    public static final String HOW_TO_BUILD =
            "the emulated CUDA driver is not built; 'make -C kernels-build/emulator' builds it and needs g++";

    /** Orders of threads: 0 is ascending, 1 descending, those from here on are random. */
    public static final int FIRST_RANDOM_ORDER = 2;

    private static final int SCHEDULE = 0x454D0001;
    private static final int CHECKED = 0x454D0002;
    private static final int LAZY_SEED = 0x454D0004;
    private static final int LAUNCHES = 0x454D0005;
    private static final int UNIQUE_LOADED_BYTES = 0x454D0008;
    private static final int UNIQUE_STORED_BYTES = 0x454D0009;
    private static final int LIVE_ALLOCATIONS = 0x454D0010;
    private static final int LIVE_HOST_ALLOCATIONS = 0x454D0012;
    private static final int LIVE_HANDLES = 0x454D0016;
    private static final int MEMORY_LIMIT = 0x454D0015;
    private static final int API_CALLS = 0x454D0022;
    private static final int FAIL_COUNTDOWN = 0x454D0024;
    private static final int FAIL_CODE = 0x454D0025;
    private static final int ALLOCATION_CALLS = 0x454D0026;
    private static final int WAITS = 0x454D0027;
    private static final int EVENT_WAITS = 0x454D0028;
    private static final int CONTEXTS_MADE = 0x454D0029;
    private static final int MODULES_LOADED = 0x454D002A;

    private static final int STICKY = 0x10000;

    /** Which compiled kernels run. */
    public enum Build {
        PLAIN,
        /** Finds races, reads of what nothing wrote, accesses past the end; slower. */
        CHECKED
    }

    private EmulatedDriver() {}

    /** The library file, whether it is there or not. */
    public static Path library() {
        String folder = System.getProperty("mambapkd.emulator", "../kernels-build/emulator/build");
        return Path.of(folder, "libcuda.so.1").toAbsolutePath().normalize();
    }

    public static boolean isBuilt() {
        return Files.isRegularFile(library());
    }

    /** Has the program take the emulation for the driver and for NVIDIA's libraries. */
    public static void select() {
        System.setProperty("mambapkd.cuda.driver", library().toString());
        System.setProperty("mambapkd.cuda.libs", library().getParent().toString());
    }

    /** A CUDA backend on the emulated driver that waits after each launch, each tensor in an allocation of its own. */
    public static Backend open(Build build, int schedule) {
        Backend backend = open(CudaOptions.Launches.SYNCHRONISED);
        set(CHECKED, build == Build.CHECKED ? 1 : 0);
        set(SCHEDULE, schedule);
        return backend;
    }

    /** A CUDA backend on the emulated driver as programs use it: it waits only where it must. Plain build, ascending order. */
    public static Backend openAsynchronous() {
        Backend backend = open(CudaOptions.Launches.ASYNCHRONOUS);
        set(CHECKED, 0);
        set(SCHEDULE, 0);
        return backend;
    }

    /** The same with arenas in one block each, which graphs need. */
    public static Backend openPacked(CudaOptions.Steps steps) {
        Backend backend = open(
                new CudaOptions(0, CudaOptions.Launches.ASYNCHRONOUS, CudaOptions.MemoryLayout.PACKED).with(steps));
        set(CHECKED, 0);
        set(SCHEDULE, 0);
        return backend;
    }

    private static Backend open(CudaOptions.Launches launches) {
        return open(new CudaOptions(0, launches, CudaOptions.MemoryLayout.SEPARATE));
    }

    private static Backend open(CudaOptions options) {
        select();
        return new CudaBackend(options);
    }

    /** From now on work runs only when something waits for it, in an order that the seed (from 1 on) draws. */
    public static void runWhenAwaited(int seed) {
        set(LAZY_SEED, seed);
    }

    /** From now on work runs when it is enqueued, as at the start. */
    public static void runAtOnce() {
        set(LAZY_SEED, 0);
    }

    /** Device and pinned allocations, streams, events, modules and graphs that were not freed yet. */
    public static long liveObjects() {
        return get(LIVE_ALLOCATIONS) + get(LIVE_HOST_ALLOCATIONS) + get(LIVE_HANDLES);
    }

    /**
     * What kernels of the checked build did since the last reset.
     *
     * @param uniqueLoadedBytes bytes of global memory, each once for each launch
     * @param uniqueStoredBytes likewise
     */
    public record MemoryTraffic(long launches, long uniqueLoadedBytes, long uniqueStoredBytes) {}

    /** Counts from zero. */
    public static void resetTraffic() {
        set(LAUNCHES, 0);
    }

    /** Since the last reset. */
    public static MemoryTraffic traffic() {
        return new MemoryTraffic(get(LAUNCHES), get(UNIQUE_LOADED_BYTES), get(UNIQUE_STORED_BYTES));
    }

    /**
     * Calls of the driver since the last reset.
     *
     * @param allocations calls for device or pinned memory
     * @param waits calls that wait for all work of a stream or context, among them copies without Async and frees
     * @param eventWaits calls that wait for an event
     * @param all of any kind
     */
    public record Calls(long allocations, long waits, long eventWaits, long all) {}

    /** Counts calls from zero. */
    public static void resetCalls() {
        set(WAITS, 0);
        set(API_CALLS, 0);
    }

    /** Since the last reset. */
    public static Calls calls() {
        // The question itself is a call.
        long all = get(API_CALLS) - 1;
        return new Calls(get(ALLOCATION_CALLS), get(WAITS), get(EVENT_WAITS), all);
    }

    /** Contexts made since the process started, among them the primary one each time that nobody had retained it. */
    public static long contextsMade() {
        return get(CONTEXTS_MADE);
    }

    /** Modules loaded since the process started. */
    public static long modulesLoaded() {
        return get(MODULES_LOADED);
    }

    /** What becomes of the context of a call that fails. */
    public enum Fault {
        /** Later calls succeed. */
        PASSING,
        /** Every later call fails with the same status, as after a device error. */
        STICKY
    }

    /**
     * Plans one failure.
     *
     * @param calls from now on; 1 is the next call that can fail, 0 takes the plan back
     * @param status a {@code CUresult}
     */
    public static void failAfter(long calls, int status, Fault fault) {
        set(FAIL_CODE, fault == Fault.STICKY ? status | STICKY : status);
        set(FAIL_COUNTDOWN, calls);
    }

    /** Whether the last planned failure has happened. */
    public static boolean plannedFailureHappened() {
        return get(FAIL_COUNTDOWN) == 0;
    }

    /** Bytes of device memory; less than is in use leaves what is there alone. */
    public static void limitMemory(long bytes) {
        set(MEMORY_LIMIT, bytes);
    }

    /** Bytes of device memory. */
    public static long memoryLimit() {
        return get(MEMORY_LIMIT);
    }

    private static long get(int control) {
        long[] value = new long[1];
        assertThat(JCudaDriver.cuCtxGetLimit(value, control)).isZero();
        return value[0];
    }

    private static void set(int control, long value) {
        int status = JCudaDriver.cuCtxSetLimit(control, value);
        assertThat(status)
                .as("the emulated driver refused control %#x; is another driver loaded?", control)
                .isZero();
    }
}
