package io.mambapkd.data.fetch;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The folder where {@code data fetch} puts data sets, and where they are looked for by their names. */
public final class DataFolder {
    private DataFolder() {}

    /** Where nobody names another. */
    public static Path usual() {
        return usual(System.getenv(), System.getProperty("user.home", ""));
    }

    /**
     * {@code MAMBA_PKD_DATA}, or {@code mamba-pkd} in {@code XDG_DATA_HOME}, or {@code .local/share/mamba-pkd} in the home folder. An XDG_DATA_HOME that is not named from the root does not count, as
     * its specification has it.
     */
    static Path usual(Map<String, String> environment, String home) {
        Path own = path(environment.get("MAMBA_PKD_DATA"));
        if (own != null) {
            return own.toAbsolutePath().normalize();
        }
        Path shared = path(environment.get("XDG_DATA_HOME"));
        Path base = shared != null && shared.isAbsolute()
                ? shared
                : Path.of(home).resolve(".local").resolve("share");
        return base.resolve("mamba-pkd").toAbsolutePath().normalize();
    }

    private static @Nullable Path path(@Nullable String text) {
        try {
            return text == null || text.isBlank() ? null : Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
