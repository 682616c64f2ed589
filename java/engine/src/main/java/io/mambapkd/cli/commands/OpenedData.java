package io.mambapkd.cli.commands;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.DatasetRequest;
import io.mambapkd.data.Datasets;
import java.io.PrintWriter;

/** Opens the data of a command, and tells the user what is to know about them. */
final class OpenedData {
    private OpenedData() {}

    static Dataset open(DatasetRequest request, PrintWriter err) {
        Dataset dataset = Datasets.open(request);
        dataset.notes().forEach(note -> err.println("note: " + note));
        return dataset;
    }
}
