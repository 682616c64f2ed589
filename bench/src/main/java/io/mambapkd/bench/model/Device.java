package io.mambapkd.bench.model;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a device can do: a column of {@code ceilings.tsv}, which has the source of each number.
 *
 * @param name as the driver calls it
 * @param target that its kernels are assembled for, such as sm_90
 * @param limits the numbers by quantity, in the units of the table
 */
public record Device(String name, String target, Map<String, Double> limits) {
    private static final int FIRST = 2;
    private static final int NAME = 1;
    private static final int TARGET = 2;

    public Device {
        limits = Map.copyOf(limits);
    }

    /** Columns of the table that stand for devices. */
    public static List<String> names() {
        String[] header = rows().get(0);
        return List.of(header).subList(FIRST, header.length - 1);
    }

    /** @throws InputException if there is no device of that short name */
    public static Device named(String device) {
        int column = names().indexOf(device.toLowerCase(Locale.ROOT)) + FIRST;
        if (column < FIRST) {
            throw new InputException(
                    "--device: there is no '" + device + "'; choose from " + String.join(", ", names()));
        }
        List<String[]> rows = rows();
        Map<String, Double> limits = new HashMap<>();
        for (String[] row : rows.subList(TARGET + 1, rows.size())) {
            limits.put(row[0], Double.parseDouble(row[column]));
        }
        return new Device(rows.get(NAME)[column], rows.get(TARGET)[column], limits);
    }

    private static List<String[]> rows() {
        List<String[]> rows = new ArrayList<>();
        Tables.text("ceilings.tsv")
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t", -1))
                .forEach(rows::add);
        if (rows.isEmpty() || !Arrays.stream(rows.get(0)).toList().contains("source")) {
            throw new IllegalStateException("ceilings.tsv has no header");
        }
        return rows;
    }

    double limit(String quantity) {
        Double value = limits.get(quantity);
        if (value == null) {
            throw new IllegalStateException("ceilings.tsv has no " + quantity);
        }
        return value;
    }

    /** Microseconds of some bytes at the rate of a copy in the device's memory. */
    double memory(double bytes) {
        return bytes / limit("copy") * 1e-3;
    }

    /** Microseconds of some cycles of the clock. */
    double clock(double cycles) {
        return cycles / limit("clock");
    }

    /** Microseconds from one node of a graph to the next where both do nothing. */
    double node() {
        return limit("node") * 1e-3;
    }
}
