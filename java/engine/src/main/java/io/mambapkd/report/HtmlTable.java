package io.mambapkd.report;

/** A table whose first column names the rows and whose other columns are numbers. */
final class HtmlTable {
    /** What a row is. */
    enum Row {
        PLAIN(""),
        CHOSEN("chosen");

        private final String cssClass;

        Row(String cssClass) {
            this.cssClass = cssClass;
        }
    }

    private final Markup html;

    /** Starts a table. */
    HtmlTable(Markup html, String... columns) {
        this.html = html;
        open(html, "", columns.length);
        html.open("thead").open("tr");
        for (String column : columns) {
            html.element("th", column, "scope", "col");
        }
        html.close().close().open("tbody");
    }

    /** A table in a box that scrolls by itself. The style sheet prints a table of many columns in smaller letters, so that it fits the page. */
    static void open(Markup html, String cssClass, int columns) {
        html.open("div", "class", "wide").open("table", "class", cssClass, "style", "--columns:" + columns);
    }

    HtmlTable row(Row kind, String name, String... cells) {
        html.open("tr", "class", kind.cssClass).element("th", name, "scope", "row");
        for (String cell : cells) {
            html.element("td", cell);
        }
        html.close();
        return this;
    }

    /** Ends the table. */
    void end() {
        html.close().close().close();
    }
}
