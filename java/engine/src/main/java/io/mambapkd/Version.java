package io.mambapkd;

/** The version of this program. */
public final class Version {
    private Version() {}

    /** From the jar's manifest; {@code development} where classes are run from a folder. */
    public static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
