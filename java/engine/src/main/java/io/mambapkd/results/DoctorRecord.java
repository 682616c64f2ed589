package io.mambapkd.results;

import io.mambapkd.doctor.Finding;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * What {@code doctor} found, as a file: JSON in UTF-8, keys as the components' names.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param program version of the program
 * @param description of the first device that works, or empty
 * @param works whether nothing is a problem
 * @param findings one for each thing that was looked at
 */
public record DoctorRecord(int formatVersion, String program, String description, boolean works, List<Line> findings) {
    /** Version of the file. */
    public static final int FORMAT_VERSION = 1;

    /**
     * One thing.
     *
     * @param name what it is
     * @param verdict {@code ok}, {@code note} or {@code problem}
     * @param text what was found
     * @param remedy what to do, or empty
     * @param path file or folder, or empty
     * @param version as people write it, or empty
     */
    public record Line(String name, String verdict, String text, String remedy, String path, String version) {
        static Line of(Finding finding) {
            return new Line(
                    finding.name(),
                    finding.verdict().name().toLowerCase(Locale.ROOT),
                    finding.text(),
                    finding.remedy(),
                    finding.path(),
                    finding.version());
        }
    }

    public DoctorRecord {
        findings = List.copyOf(findings);
    }

    /** Of findings. */
    public static DoctorRecord of(String program, String description, List<Finding> findings) {
        return new DoctorRecord(
                FORMAT_VERSION,
                program,
                description,
                findings.stream().noneMatch(Finding::isProblem),
                findings.stream().map(Line::of).toList());
    }

    /** The file. */
    public String json() {
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        return StrictJson.MAPPER.writer().with(printer).writeValueAsString(this) + "\n";
    }
}
