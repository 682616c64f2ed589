package io.mambapkd.cli.predict;

import io.mambapkd.PlainText;
import io.mambapkd.cli.text.Numbers;
import io.mambapkd.cli.text.TextTable;
import io.mambapkd.results.Prediction;
import io.mambapkd.runtime.AnytimeClassifier;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How results are written: a line each. */
enum PredictionFormat {
    /** For people. The widths of all columns but the last are known from the model, so that no line waits for another. */
    TABLE {
        @Override
        Lines lines(AnytimeClassifier classifier) {
            return new Table(classifier);
        }
    },
    /** Comma-separated values, quoted as RFC 4180 has it; lines end with a line feed. */
    CSV {
        @Override
        Lines lines(AnytimeClassifier classifier) {
            return new Csv();
        }
    },
    /** A JSON object in each line. */
    JSONL {
        @Override
        Lines lines(AnytimeClassifier classifier) {
            return new Jsonl();
        }
    };

    /** Makes lines, each with its line break. Several threads may use it at once. */
    interface Lines {
        /** What is before the first line; may be empty. */
        String heading();

        void add(StringBuilder text, Prediction prediction);
    }

    abstract Lines lines(AnytimeClassifier classifier);

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** From the option's text. */
    static final class Converter implements ITypeConverter<PredictionFormat> {
        @Override
        public PredictionFormat convert(String text) {
            return Stream.of(values())
                    .filter(format -> format.word().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("expected table, csv or jsonl, got '" + text + "'"));
        }
    }

    /** For the help text and for completion. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(values()).map(PredictionFormat::word).iterator();
        }
    }

    private static final class Table implements Lines {
        private static final String LABEL = "label";
        private static final String CLASS = "class";
        private static final String CONFIDENCE = "confidence";
        private static final String STUDENTS = "students";
        private static final String FLOPS = "FLOPs";

        private final int labelWidth;
        private final int classWidth;
        private final int flopsWidth;

        Table(AnytimeClassifier classifier) {
            int classes = classifier.classNames().size();
            labelWidth = Math.max(LABEL.length(), Integer.toString(classes - 1).length());
            classWidth = classifier.classNames().stream()
                    .mapToInt(name -> TextTable.width(PlainText.of(name)))
                    .reduce(CLASS.length(), Math::max);
            flopsWidth = Math.max(
                    FLOPS.length(),
                    Numbers.grouped(classifier.flops(classifier.students())).length());
        }

        @Override
        public String heading() {
            StringBuilder text = new StringBuilder();
            line(text, LABEL, CLASS, CONFIDENCE, STUDENTS, FLOPS, "file");
            return text.toString();
        }

        @Override
        public void add(StringBuilder text, Prediction prediction) {
            line(
                    text,
                    Integer.toString(prediction.label()),
                    PlainText.of(prediction.className()),
                    Numbers.percent(prediction.confidence(), 2) + " %",
                    Integer.toString(prediction.students()),
                    Numbers.grouped(prediction.flops()),
                    PlainText.of(prediction.file()));
        }

        private void line(
                StringBuilder text,
                String label,
                String className,
                String confidence,
                String students,
                String flops,
                String file) {
            right(text, label, labelWidth);
            text.append(className).append(" ".repeat(classWidth - TextTable.width(className) + 2));
            right(text, confidence, CONFIDENCE.length());
            right(text, students, STUDENTS.length());
            right(text, flops, flopsWidth);
            text.append(file).append('\n');
        }

        private static void right(StringBuilder text, String cell, int width) {
            text.append(" ".repeat(Math.max(0, width - cell.length())))
                    .append(cell)
                    .append("  ");
        }
    }

    private static final class Csv implements Lines {
        @Override
        public String heading() {
            return "file,label,className,confidence,students,flops\n";
        }

        @Override
        public void add(StringBuilder text, Prediction prediction) {
            text.append(quoted(prediction.file()))
                    .append(',')
                    .append(prediction.label())
                    .append(',')
                    .append(quoted(prediction.className()))
                    .append(',')
                    .append(prediction.confidenceText())
                    .append(',')
                    .append(prediction.students())
                    .append(',')
                    .append(prediction.flops())
                    .append('\n');
        }

        private static String quoted(String cell) {
            boolean isPlain = !cell.isEmpty() && cell.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
            return isPlain ? cell : "\"" + cell.replace("\"", "\"\"") + "\"";
        }
    }

    private static final class Jsonl implements Lines {
        @Override
        public String heading() {
            return "";
        }

        @Override
        public void add(StringBuilder text, Prediction prediction) {
            text.append(prediction.json()).append('\n');
        }
    }
}
