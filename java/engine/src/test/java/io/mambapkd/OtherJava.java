package io.mambapkd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Java of this machine that is not the one of the tests.
 *
 * @param home its folder
 * @param version such as 25
 */
public record OtherJava(Path home, int version) {
    private static final String VARIABLE = "MAMBA_PKD_OTHER_JAVA";
    private static final Path USUAL = Path.of("/usr/lib/jvm");
    private static final int OLDEST = 17;
    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");

    /** Why tests are left out where {@link #find} finds none. */
    public static final String NOT_FOUND =
            "no Java of another version than " + here() + ", " + OLDEST + " or newer, was found in " + USUAL
                    + " or in a JAVA_HOME_... of the environment; name its folder in " + VARIABLE;

    /**
     * The one that the environment names, else the newest that lies where Javas usually do.
     *
     * @throws IllegalStateException if the environment names a folder that holds none
     */
    public static Optional<OtherJava> find() {
        String named = System.getenv(VARIABLE);
        if (named != null) {
            return Optional.of(in(Path.of(named))
                    .orElseThrow(() -> new IllegalStateException("expected the folder of a Java in " + VARIABLE
                            + ", got " + named + ", which has no bin/java or no file release; correct or unset it")));
        }
        return usualPlaces().stream()
                .flatMap(home -> in(home).stream())
                .filter(java -> java.version >= OLDEST && java.version != here())
                .max(Comparator.comparingInt(OtherJava::version));
    }

    private static int here() {
        return Runtime.version().feature();
    }

    private static List<Path> usualPlaces() {
        List<Path> places = new ArrayList<>();
        System.getenv().forEach((name, value) -> {
            if (name.startsWith("JAVA_HOME_")) {
                places.add(Path.of(value));
            }
        });
        if (Files.isDirectory(USUAL)) {
            try (Stream<Path> homes = Files.list(USUAL)) {
                places.addAll(homes.sorted().toList());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return places;
    }

    private static Optional<OtherJava> in(Path home) {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) {
            return Optional.empty();
        }
        try {
            Matcher version = VERSION.matcher(Files.readString(release));
            return version.find()
                    ? Optional.of(new OtherJava(home, Integer.parseInt(version.group(1))))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
