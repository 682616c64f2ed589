package io.mambapkd.bench.nvidia;

import io.mambapkd.bench.nvidia.ElfFile.Import;
import io.mambapkd.doctor.Finding;
import java.util.List;
import java.util.stream.Collectors;

/** Whether a library exports what another file imports. */
final class Symbols {
    private static final int MOST_NAMES = 12;

    private Symbols() {}

    /**
     * Compares.
     *
     * @param name of the check
     * @param imports what is needed
     * @param library that has to export it
     * @param file name of the library
     * @param remedy what to do where symbols are missing
     */
    static Finding check(String name, List<Import> imports, ElfFile library, String file, String remedy) {
        List<Import> missing =
                imports.stream().filter(symbol -> !library.exports(symbol)).toList();
        String found = imports.size() - missing.size() + " of " + imports.size() + " symbols";
        if (missing.isEmpty()) {
            return Finding.ok(name, found);
        }
        String names = missing.stream().limit(MOST_NAMES).map(Symbols::words).collect(Collectors.joining(", "));
        String more = missing.size() > MOST_NAMES ? " and " + (missing.size() - MOST_NAMES) + " more" : "";
        return Finding.problem(name, found + ": " + file + " does not export " + names + more, remedy);
    }

    private static String words(Import symbol) {
        return symbol.version().isEmpty() ? symbol.name() : symbol.name() + "@" + symbol.version();
    }
}
