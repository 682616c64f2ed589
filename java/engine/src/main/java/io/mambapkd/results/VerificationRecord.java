package io.mambapkd.results;

import java.util.List;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * What {@code verify} found in a run folder, as a file: JSON in UTF-8, keys as the components' names.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param program version of the program
 * @param run the folder
 * @param whole whether nothing of the run is damaged, missing, or of another run
 * @param files one for each file that is there or missing
 * @param notes on the run, each a sentence
 */
public record VerificationRecord(
        int formatVersion, String program, String run, boolean whole, List<Line> files, List<String> notes) {
    /** Version of the file. */
    public static final int FORMAT_VERSION = 1;

    /**
     * A file.
     *
     * @param file below the run folder
     * @param kind what it is, by its name
     * @param state what was found of it
     * @param text what was expected and got, or empty
     * @param remedy what to do, or empty
     */
    public record Line(String file, String kind, String state, String text, String remedy) {}

    public VerificationRecord {
        files = List.copyOf(files);
        notes = List.copyOf(notes);
    }

    /** The file. */
    public byte[] json() {
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        return StrictJson.bytes(StrictJson.MAPPER.writer().with(printer).writeValueAsString(this));
    }
}
