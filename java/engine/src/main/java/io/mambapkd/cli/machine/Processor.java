package io.mambapkd.cli.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor of this machine. */
final class Processor {
    private static final Path INFORMATION = Path.of("/proc/cpuinfo");
    private static final String MODEL = "model name";

    private Processor() {}

    /** Its model where the system tells it, else its architecture. */
    static String name() {
        String architecture = System.getProperty("os.arch");
        try {
            return Files.readAllLines(INFORMATION, StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.startsWith(MODEL))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(architecture);
        } catch (IOException noSuchFile) {
            return architecture;
        }
    }
}
