package io.mambapkd.report;

import io.mambapkd.results.ValidationRecord;
import io.mambapkd.results.ValidationRecord.Row;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** validation.html: one file that loads nothing and runs no script. */
public final class ValidationPage {
    private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'";

    private ValidationPage() {}

    /** The file's bytes, UTF-8. */
    public static byte[] write(ValidationRecord record) {
        Markup html = new Markup();
        String title = "Validation of " + record.backend();
        html.open("html", "lang", "en", "xmlns", "http://www.w3.org/1999/xhtml")
                .open("head")
                .leaf("meta", "charset", "utf-8")
                .leaf("meta", "http-equiv", "Content-Security-Policy", "content", POLICY)
                .element("title", title + " \u2013 mamba-pkd")
                .style(HtmlReport.styleSheet())
                .close();
        html.open("body").open("main");
        html.element("h1", title).element("p", verdict(record), "class", "headline");
        html.element(
                "p",
                "Tested: " + record.device() + ". Compared with: " + record.specification() + ". " + record.cases()
                        + " random cases of each operation, seed " + record.seed() + "; " + record.references()
                        + " cases of reference vectors.");
        html.element(
                "p",
                record.origin().date() + ", commit " + record.origin().commit() + ", command: "
                        + record.origin().command());
        if (!record.failures().isEmpty()) {
            html.element("h2", "Failures");
            table(html, record.failures());
        }
        html.element("h2", "The case closest to its limit, for each tensor");
        table(html, record.worst());
        html.element(
                "p",
                "Errors are relative to the largest value of the tensor. Allowed are 16 roundings of 2^-24 times the"
                        + " root of the number of terms of a sum, one rounding of 2^-8 more for what is written in bf16, more for"
                        + " whole training steps, and none at all where nothing is rounded. Reference vectors (golden/...) bring"
                        + " the tolerances of their index.json, and are compared with the tested device alone.");
        html.close().close().close();
        return html.document().getBytes(StandardCharsets.UTF_8);
    }

    /** {@code 812 of 812 comparisons passed}, with what was left out. */
    public static String verdict(ValidationRecord record) {
        long passed = record.rows().stream().filter(Row::passed).count();
        return passed + " of " + record.rows().size() + " comparisons passed"
                + (record.notCompared().isEmpty()
                        ? ""
                        : "; not compared to the end: " + String.join(", ", record.notCompared()))
                + (record.stopped().isEmpty() ? "" : "; the device was lost: " + record.stopped());
    }

    /** What is wrong with a row that failed, behind the name of its case. */
    public static String problem(Row row) {
        if (row.isCompared()) {
            return row.tensor() + row.at() + " is " + row.actual() + ", expected " + row.expected();
        }
        return (row.tensor().isEmpty() ? "" : row.tensor() + " was not computed: ") + row.message();
    }

    private static void table(Markup html, List<Row> rows) {
        HtmlTable table = new HtmlTable(
                html,
                "Operation",
                "type",
                "shape and options",
                "tensor",
                "largest error",
                "relative",
                "of allowed",
                "at",
                "expected",
                "got",
                "verdict");
        for (Row row : rows) {
            table.row(
                    HtmlTable.Row.PLAIN,
                    row.operation(),
                    row.dtype(),
                    row.extents(),
                    row.tensor(),
                    row.isCompared() ? number(row.largestError()) : "-",
                    row.isCompared() ? number(row.relativeError()) : "-",
                    row.isCompared() ? number(row.share()) : "-",
                    row.at(),
                    row.expected(),
                    row.isCompared() ? row.actual() : row.message(),
                    row.passed() ? "passed" : "FAILED");
        }
        table.end();
    }

    private static String number(double value) {
        return value == Double.MAX_VALUE ? "not finite" : String.format(Locale.ROOT, "%.2e", value);
    }
}
