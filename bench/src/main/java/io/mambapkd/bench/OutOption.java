package io.mambapkd.bench;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a command writes its result. */
final class OutOption {
    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the result goes, as JSON.")
    private Path out = Path.of("");

    /**
     * To be called before anything is measured.
     *
     * @throws io.mambapkd.InputException if the file cannot be written
     */
    void requireWritable() {
        ResultFile.requireWritable(out);
    }

    void write(Result result) {
        ResultFile.write(result, out);
    }
}
