package io.mambapkd.bench.model;

import java.util.Arrays;
import java.util.List;

/**
 * Launches of one kernel with one grid, or calls of one function of a library.
 *
 * @param kind kernel, library, copy or fill
 * @param name of the kernel or function
 * @param blocks of the grid; 0 for what is no kernel
 * @param threads of a block
 * @param sharedBytes dynamic shared memory of a block
 * @param bytes that one launch moves through device memory; 0 where they were not counted
 * @param launches that many times
 * @param arguments of the kernel that are numbers, with 0 in the place of addresses; of a library the multiplications, each with an addition
 */
public record PlannedWork(
        String kind,
        String name,
        long blocks,
        int threads,
        int sharedBytes,
        long bytes,
        int launches,
        List<Long> arguments) {
    static final String KERNEL = "kernel";
    static final String LIBRARY = "library";
    private static final String ADDRESS = "-";
    static final int COLUMNS = 8;
    static final String HEADER = "kind\tname\tblocks\tthreads\tdynamic shared bytes\tbytes moved\tlaunches\targuments";

    public PlannedWork {
        arguments = List.copyOf(arguments);
    }

    /** Arguments as the emulated driver lists them. */
    public static List<Long> arguments(String listed) {
        return listed.equals(ADDRESS)
                ? List.of()
                : Arrays.stream(listed.split(",", -1))
                        .map(argument -> argument.equals(ADDRESS) ? 0 : Long.parseLong(argument))
                        .toList();
    }

    /** The same, launched another number of times. */
    public PlannedWork times(int count) {
        return new PlannedWork(kind, name, blocks, threads, sharedBytes, bytes, count, arguments);
    }

    boolean isKernel() {
        return kind.equals(KERNEL);
    }

    boolean isOfLibrary() {
        return kind.equals(LIBRARY);
    }

    String line() {
        String numbers = arguments.isEmpty()
                ? ADDRESS
                : String.join(",", arguments.stream().map(String::valueOf).toList());
        return String.join(
                "\t",
                kind,
                name,
                Long.toString(blocks),
                Integer.toString(threads),
                Integer.toString(sharedBytes),
                Long.toString(bytes),
                Integer.toString(launches),
                numbers);
    }

    /** @throws NumberFormatException if a cell is no number */
    static PlannedWork parse(List<String> cells) {
        return new PlannedWork(
                cells.get(0),
                cells.get(1),
                Long.parseLong(cells.get(2)),
                Integer.parseInt(cells.get(3)),
                Integer.parseInt(cells.get(4)),
                Long.parseLong(cells.get(5)),
                Integer.parseInt(cells.get(6)),
                arguments(cells.get(7)));
    }
}
