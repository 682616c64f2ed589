package io.mambapkd.bench.result;

import java.util.function.Function;

/**
 * How files of one kind are read and shown.
 *
 * @param name the member {@code kind}, and the name of the section of a document
 * @param formatVersion that this program reads
 * @param type of the whole file
 * @param command that writes such files, for messages
 * @param table the result as Markdown, every line ended; mark, what is missing, and origin are added around it
 */
public record ResultKind<T extends Result>(
        String name, int formatVersion, Class<T> type, String command, Function<T, String> table) {
    public static final String EMULATED = "**Emulated, not a performance figure.**";

    /** Its table, marked where it was measured on no hardware, and where it comes from. */
    public String markdown(T result) {
        String mark = result.origin().emulated() ? EMULATED + "\n\n" : "";
        String gap = result.incomplete().isEmpty()
                ? ""
                : "- **Not everything was measured**: " + result.incomplete() + ".\n";
        return mark + table.apply(result) + gap + "\n" + result.origin().markdown();
    }
}
