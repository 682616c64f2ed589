package io.mambapkd;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of the project, from whichever module the tests run in. */
public final class Checkout {
    private Checkout() {}

    /** A file or folder of the project by its path from the root; from the current folder, where tests run outside of a checkout. */
    public static Path path(String fromRoot) {
        Path current = Path.of("").toAbsolutePath();
        for (Path folder = current; folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve("kernels-build")) && Files.isDirectory(folder.resolve("cuda"))) {
                return folder.resolve(fromRoot);
            }
        }
        return current.resolve(fromRoot);
    }
}
