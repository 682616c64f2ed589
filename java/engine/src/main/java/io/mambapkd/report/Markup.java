package io.mambapkd.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes HTML and SVG that is also well-formed XML. Texts and attribute values go through {@link #escape} and nothing else can be written, so no
 * name, path or configuration can become markup.
 */
final class Markup {
    /** After these a line break is only white space between blocks. */
    private static final Set<String> BLOCKS = Set.of(
            "head", "body", "main", "header", "footer", "section", "figure", "div", "p", "h1", "h2", "h3", "table",
            "thead", "tbody", "tr", "ul", "li", "details", "summary", "svg", "g", "title", "style", "meta");

    private final StringBuilder out = new StringBuilder(1 << 16);
    private final Deque<String> open = new ArrayDeque<>();

    /** Starts an element. {@code attributes}: name, value, name, value. */
    Markup open(String tag, String... attributes) {
        start(tag, attributes);
        out.append('>');
        open.push(tag);
        return this;
    }

    /** Ends the element started last that is still open. */
    Markup close() {
        String tag = open.pop();
        out.append("</").append(tag).append('>');
        lineBreakAfter(tag);
        return this;
    }

    /** An element without content: SVG shapes and HTML's void elements only. */
    Markup leaf(String tag, String... attributes) {
        start(tag, attributes);
        out.append("/>");
        lineBreakAfter(tag);
        return this;
    }

    /** An element that holds text. */
    Markup element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    Markup text(String text) {
        out.append(escape(text));
        return this;
    }

    /** The style sheet. Browsers read it unescaped, so it must need no escaping. */
    Markup style(String css) {
        if (!escape(css).equals(css)) {
            throw new IllegalArgumentException("the style sheet holds characters that need escaping");
        }
        return element("style", css);
    }

    /** The document. */
    String document() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("still open: " + open);
        }
        return "<!DOCTYPE html>\n" + out;
    }

    private void start(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(escape(attributes[i + 1]))
                    .append('"');
        }
    }

    private void lineBreakAfter(String tag) {
        if (BLOCKS.contains(tag)) {
            out.append('\n');
        }
    }

    /**
     * Text that is safe between tags and inside double quotes. Control characters other than tab and line feed, halves of surrogate pairs and
     * non-characters, none of which XML can hold, become U+FFFD, and so do the marks that turn the direction of the text after them.
     */
    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.appendCodePoint(isText(c) ? c : 0xFFFD);
            }
        });
        return safe.toString();
    }

    /** Embeddings, overrides and isolates of Unicode's bidirectional algorithm. */
    private static boolean isTurning(int c) {
        return c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    }

    private static boolean isText(int c) {
        boolean control = Character.isISOControl(c) && c != '\t' && c != '\n';
        boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
        boolean nonCharacter = (c & 0xFFFE) == 0xFFFE;
        return !control && !surrogate && !nonCharacter && !isTurning(c);
    }
}
