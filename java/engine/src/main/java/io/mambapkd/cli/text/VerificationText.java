package io.mambapkd.cli.text;

import io.mambapkd.PlainText;
import io.mambapkd.train.verify.CheckedFile;
import io.mambapkd.train.verify.FileState;
import io.mambapkd.train.verify.RunVerification;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What was found in a run folder, on the terminal: a table, a line for each remark, and the count. */
public final class VerificationText {
    private final PrintWriter out;

    public VerificationText(PrintWriter out) {
        this.out = out;
    }

    public void print(RunVerification verification) {
        TextTable table = TextTable.ofWords("file", "kind", "state");
        for (CheckedFile checked : verification.files()) {
            table.row(
                    PlainText.line(checked.file().name()),
                    checked.file().kind().text(),
                    checked.state().text());
        }
        table.print(out);
        for (CheckedFile checked : verification.files()) {
            String sentence = checked.remark().sentence();
            if (!sentence.isEmpty()) {
                line(checked.state().isProblem() ? "problem" : "note", sentence);
            }
        }
        verification.notes().forEach(note -> line("note", note));
        out.println(count(verification.files()));
    }

    private void line(String kind, String sentence) {
        out.println(kind + ": " + PlainText.line(sentence));
    }

    /** {@code 7 files: 5 whole, 1 damaged, 1 missing; and 1 left over}. */
    private static String count(List<CheckedFile> files) {
        List<String> ofRun = new ArrayList<>();
        List<String> others = new ArrayList<>();
        long all = 0;
        for (FileState state : FileState.values()) {
            long count = files.stream().filter(file -> file.state() == state).count();
            if (count > 0) {
                (state.isOfRun() ? ofRun : others).add(count + " " + state.text());
                all += state.isOfRun() ? count : 0;
            }
        }
        return all
                + (all == 1 ? " file: " : " files: ")
                + String.join(", ", ofRun)
                + (others.isEmpty() ? "" : "; and " + String.join(", ", others));
    }
}
