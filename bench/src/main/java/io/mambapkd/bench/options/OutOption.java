package io.mambapkd.bench.options;

import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultFile;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a command writes its result. */
public final class OutOption {
    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the result goes, as JSON.")
    private Path out = Path.of("");

    /**
     * To be called before anything is measured.
     *
     * @throws io.mambapkd.InputException if the file cannot be written
     */
    public void requireWritable() {
        ResultFile.place(out);
    }

    public void write(Result result) {
        ResultFile.write(result, out);
    }
}
