package io.mambapkd.cli.calibration;

import io.mambapkd.train.run.CalibrationRequest.Source;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The names of image sets that calibrate, as an option has them. */
final class Sources implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return Stream.of(Source.values()).map(Sources::name).iterator();
    }

    private static String name(Source source) {
        return source.name().toLowerCase(Locale.ROOT);
    }

    /** From the option's text. */
    static final class Converter implements ITypeConverter<Source> {
        @Override
        public Source convert(String text) {
            return Stream.of(Source.values())
                    .filter(source -> name(source).equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "expected calibration, validation or test, got '" + text + "'"));
        }
    }
}
