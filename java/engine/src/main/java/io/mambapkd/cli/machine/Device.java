package io.mambapkd.cli.machine;

import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where to compute. */
public enum Device {
    /** Whatever is best and works; the run says what that was and why. */
    AUTO,
    CPU,
    CUDA;

    /** For completion. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(values())
                    .map(device -> device.name().toLowerCase(Locale.ROOT))
                    .iterator();
        }
    }

    /** From the option's text. */
    static final class Converter implements ITypeConverter<Device> {
        @Override
        public Device convert(String text) {
            return Stream.of(values())
                    .filter(device -> device.name().toLowerCase(Locale.ROOT).equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("expected auto, cpu or cuda, got '" + text + "'"));
        }
    }
}
