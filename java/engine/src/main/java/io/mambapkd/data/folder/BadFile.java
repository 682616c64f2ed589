package io.mambapkd.data.folder;

/**
 * A file or a link that cannot be read.
 *
 * @param name below the folder of the data
 * @param what completes {@code NAME is ...}
 */
public record BadFile(String name, String what) {
    @Override
    public String toString() {
        return name + " is " + what;
    }
}
