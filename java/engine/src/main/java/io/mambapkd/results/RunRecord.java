package io.mambapkd.results;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;

/**
 * run.json: what a run was asked for beside its settings, and what has computed it.
 *
 * @param formatVersion of this file
 * @param extent how far the run goes: {@code teacher-only}, {@code group} or {@code group-and-controls}
 * @param computedBy versions of the program and machines, in the order in which they took part
 */
public record RunRecord(int formatVersion, String extent, List<String> computedBy) {
    private static final int FORMAT_VERSION = 1;

    public RunRecord {
        computedBy = List.copyOf(computedBy);
    }

    /** Of a run that begins. */
    public RunRecord(String extent, String computedBy) {
        this(FORMAT_VERSION, extent, List.of(computedBy));
    }

    /** The same run, gone on with. */
    public RunRecord with(String newExtent, String another) {
        List<String> all = new ArrayList<>(computedBy);
        if (!all.contains(another)) {
            all.add(another);
        }
        return new RunRecord(formatVersion, newExtent, all);
    }

    /** The file, in UTF-8. */
    public byte[] write() {
        return StrictJson.bytes(
                StrictJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(this));
    }

    /**
     * What {@link #write} wrote.
     *
     * @param where the file, for messages
     * @throws InputException if it is anything else
     */
    public static RunRecord read(byte[] json, String where) {
        try {
            return StrictJson.MAPPER.readValue(json, RunRecord.class);
        } catch (JacksonException e) {
            throw StrictJson.unreadable(where, "the record of a run", e);
        }
    }
}
