package io.mambapkd.cli.session;

import io.mambapkd.Version;
import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
public final class ProgramVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"mamba-pkd " + text()};
    }

    public static String text() {
        return Version.current();
    }
}
