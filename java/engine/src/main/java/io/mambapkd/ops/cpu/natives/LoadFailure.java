package io.mambapkd.ops.cpu.natives;

import io.mambapkd.PlainText;
import io.mambapkd.Problem;

/** A native library of JavaCPP that cannot be loaded. */
public final class LoadFailure {
    private LoadFailure() {}

    /**
     * What it means for a user.
     *
     * @param library its name
     * @param consequence what follows from {@code so that}
     * @param failure of the first who tried to load it
     */
    public static Problem problem(String library, String consequence, LinkageError failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String reason = PlainText.line(String.valueOf(root.getMessage())).replaceFirst("\\.$", "");
        return new Problem(
                library + " cannot be loaded (" + reason + "), so that " + consequence,
                "name a folder that has room and lets libraries run with -Dorg.bytedeco.javacpp.cachedir=FOLDER in"
                        + " MAMBA_PKD_OPTS");
    }
}
