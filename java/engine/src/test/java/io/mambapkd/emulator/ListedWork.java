package io.mambapkd.emulator;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One piece of work of the emulated device.
 *
 * @param kind kernel, library, copy or fill
 * @param name of the kernel, or of the library's function
 * @param blocks of the grid; 0 for what is no kernel
 * @param threads of a block
 * @param sharedBytes dynamic shared memory of a block
 * @param bytes that it moves through device memory, as {@link EmulatedDriver.MemoryTraffic} counts them; of kernels only where the checked build runs them
 * @param arguments of the kernel that are numbers, with - in the place of addresses, separated by commas; of a library the multiplications, each with an addition
 */
public record ListedWork(
        String kind, String name, long blocks, int threads, int sharedBytes, long bytes, String arguments) {
    private static final int LISTING = 0x454D0040;
    private static final int LISTED = 0x454D0041;

    /** What becomes of work. */
    public enum Mode {
        NOT_LISTED(0),
        LISTED(1),
        /** Nothing is computed, and memory has no contents: sizes can be as large as on a GPU. */
        LISTED_INSTEAD_OF_DONE(2),
        /** Calls are listed in the place of work, for {@link #takeCalls}. */
        CALLS_LISTED(3);

        private final int control;

        Mode(int control) {
            this.control = control;
        }
    }

    /** From now on, with an empty list. */
    public static void start(Mode mode) {
        EmulatedDriver.set(LISTING, mode.control);
    }

    /** What was listed since the last call. */
    public static List<ListedWork> take() {
        return lines().stream().map(ListedWork::parse).toList();
    }

    /** Entry points of the driver, cuBLAS and cuDNN that were called since the last call, in order; those within a library too. */
    public static List<String> takeCalls() {
        return lines();
    }

    private static List<String> lines() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (long part = EmulatedDriver.get(LISTED); part != 0; part = EmulatedDriver.get(LISTED)) {
            for (long rest = part; rest != 0; rest >>>= Byte.SIZE) {
                text.write((int) rest);
            }
        }
        EmulatedDriver.set(LISTED, 0);
        return text.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static ListedWork parse(String line) {
        String[] cells = line.split("\t", -1);
        return new ListedWork(
                cells[0],
                cells[1],
                Long.parseLong(cells[2]),
                Integer.parseInt(cells[3]),
                Integer.parseInt(cells[4]),
                Long.parseLong(cells[5]),
                cells[6]);
    }
}
