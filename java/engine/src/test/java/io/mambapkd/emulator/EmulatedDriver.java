package io.mambapkd.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.options.CudaOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;

/** The emulated CUDA driver of {@code kernels-build/emulator}, and its controls. */
public final class EmulatedDriver {
    public static final String HOW_TO_BUILD =
            "the emulated CUDA driver is not built; 'make -C kernels-build/emulator all hardware' builds it and needs g++, and"
                    + " FMA3 for the build that rounds like hardware";

    /** Orders of threads: 0 is ascending, 1 descending, those from here on are random. */
    public static final int FIRST_RANDOM_ORDER = 2;

    private static final int SCHEDULE = 0x454D0001;
    private static final int CHECKED = 0x454D0002;
    private static final int LAZY_SEED = 0x454D0004;
    private static final int LAUNCHES = 0x454D0005;
    private static final int UNIQUE_LOADED_BYTES = 0x454D0008;
    private static final int UNIQUE_STORED_BYTES = 0x454D0009;
    private static final int LIBRARY_BYTES = 0x454D000A;
    private static final int COPIED_BYTES = 0x454D000B;
    private static final int FILLED_BYTES = 0x454D000C;
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

    private static final int GRAPH_KERNELS = 0x454D0030;
    private static final int GRAPH_LIBRARY_CALLS = 0x454D0031;
    private static final int GRAPH_COPIES = 0x454D0032;
    private static final int GRAPH_FILLS = 0x454D0033;

    /** Which compiled kernels run. */
    public enum Build {
        PLAIN,
        /** Finds races, reads of what nothing wrote, accesses past the end; slower. */
        CHECKED
    }

    private EmulatedDriver() {}

    /** The library file, whether it is there or not. */
    public static Path library() {
        String folder = System.getProperty("mambapkd.emulator");
        return (folder == null ? Checkout.path("kernels-build/emulator/build") : Path.of(folder))
                .resolve("libcuda.so.1")
                .toAbsolutePath()
                .normalize();
    }

    public static boolean isBuilt() {
        return Files.isRegularFile(library());
    }

    /** Whether these tests are to run on a build of its own that is not there. */
    public static boolean isNamedAndMissing() {
        return System.getProperty("mambapkd.emulator") != null && !isBuilt();
    }

    /** Whether the tests run on the build whose kernels round like hardware, which has no checked kernels. */
    public static boolean roundsLikeHardware() {
        return isBuilt() && library().getParent().endsWith("hardware");
    }

    /** Has the program take the emulation for the driver and for NVIDIA's libraries. */
    public static void select() {
        System.setProperty("mambapkd.cuda.driver", library().toString());
        System.setProperty("mambapkd.cuda.libs", library().getParent().toString());
    }

    /** A CUDA backend on the emulated driver that waits after each launch, each tensor in an allocation of its own. */
    public static Backend open(Build build, int schedule) {
        Backend backend = open(CudaOptions.Launches.SYNCHRONISED);
        use(build);
        set(SCHEDULE, schedule);
        return backend;
    }

    /** A CUDA backend on the emulated driver as programs use it: it waits only where it must. Plain build, ascending order. */
    public static Backend openAsynchronous() {
        Backend backend = open(CudaOptions.Launches.ASYNCHRONOUS);
        use(Build.PLAIN);
        set(SCHEDULE, 0);
        return backend;
    }

    /** The same with arenas in one block each, which graphs need. */
    public static Backend openPacked(CudaOptions.Steps steps) {
        return openPacked(steps, CudaOptions.Fusion.FUSED);
    }

    /** The same with or without kernels for several operations. */
    public static Backend openPacked(CudaOptions.Steps steps, CudaOptions.Fusion fusion) {
        Backend backend = open(new CudaOptions(0, CudaOptions.Launches.ASYNCHRONOUS, CudaOptions.MemoryLayout.PACKED)
                .with(steps)
                .with(fusion));
        use(Build.PLAIN);
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

    /** From now on the kernels of this build run, in graphs too that were made before. */
    public static void use(Build build) {
        set(CHECKED, build == Build.CHECKED ? 1 : 0);
    }

    /**
     * What moved through device memory since the last reset.
     *
     * @param launches of kernels
     * @param uniqueLoadedBytes by kernels of the checked build, each byte once for each launch
     * @param uniqueStoredBytes likewise
     * @param libraryBytes loaded and stored by calls of cuBLAS and cuDNN: the bytes of each operand, once each way, without workspaces
     * @param copiedBytes loaded and stored by copies
     * @param filledBytes stored by memsets
     */
    public record MemoryTraffic(
            long launches,
            long uniqueLoadedBytes,
            long uniqueStoredBytes,
            long libraryBytes,
            long copiedBytes,
            long filledBytes) {
        /** Of all kinds. */
        public long bytes() {
            return uniqueLoadedBytes + uniqueStoredBytes + libraryBytes + copiedBytes + filledBytes;
        }
    }

    /**
     * Nodes of a CUDA graph by what they do.
     *
     * @param libraryCalls of cuBLAS and cuDNN: one node each here, one or more on a GPU
     * @param fills memsets
     */
    public record GraphNodes(long kernels, long libraryCalls, long copies, long fills) {
        /** Of all kinds. */
        public long all() {
            return kernels + libraryCalls + copies + fills;
        }
    }

    /** Of the graph that was instantiated last. */
    public static GraphNodes lastGraph() {
        return new GraphNodes(get(GRAPH_KERNELS), get(GRAPH_LIBRARY_CALLS), get(GRAPH_COPIES), get(GRAPH_FILLS));
    }

    /** Counts from zero. */
    public static void resetTraffic() {
        set(LAUNCHES, 0);
    }

    /** Since the last reset. */
    public static MemoryTraffic traffic() {
        return new MemoryTraffic(
                get(LAUNCHES),
                get(UNIQUE_LOADED_BYTES),
                get(UNIQUE_STORED_BYTES),
                get(LIBRARY_BYTES),
                get(COPIED_BYTES),
                get(FILLED_BYTES));
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

    /** What becomes of the calls after one that fails. */
    public enum Fault {
        /** They succeed. */
        PASSING(0),
        /** All but those that give something back fail with the same status until the context ends, as after a device error. */
        STICKY(0x10000),
        /** Those of the same entry point fail, too. */
        SAME_CALL(0x20000),
        /** All fail, too. */
        EVERY_CALL(0x40000);

        private final int control;

        Fault(int control) {
            this.control = control;
        }
    }

    /**
     * Plans one failure, of a call of the driver, of cuBLAS or of cuDNN; a library's has the status of a kernel that failed.
     *
     * @param calls from now on; 1 is the next call that can fail, 0 takes the plan back
     * @param status a {@code CUresult}
     */
    public static void failAfter(long calls, int status, Fault fault) {
        failAfter(calls, status, 0, fault);
    }

    /** @param libraryStatus of a call of cuBLAS or cuDNN; 0 for that of a kernel that failed */
    public static void failAfter(long calls, int status, int libraryStatus, Fault fault) {
        set(FAIL_CODE, status | fault.control | (long) libraryStatus << Integer.SIZE);
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

    static long get(int control) {
        long[] value = new long[1];
        assertThat(JCudaDriver.cuCtxGetLimit(value, control)).isZero();
        return value[0];
    }

    static void set(int control, long value) {
        int status = JCudaDriver.cuCtxSetLimit(control, value);
        assertThat(status)
                .as("the emulated driver refused control %#x; is another driver loaded?", control)
                .isZero();
    }
}
