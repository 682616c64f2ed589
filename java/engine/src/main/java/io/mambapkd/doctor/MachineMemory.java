package io.mambapkd.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory this process may use at most: that of the machine, or of the container where it has a limit. */
public final class MachineMemory {
    private static final long KIBIBYTE = 1024;

    private MachineMemory() {}

    /** Bytes, or nothing where the system does not say. */
    public static OptionalLong bytes() {
        return bytes(Path.of("/"));
    }

    /** @param root where {@code proc} and {@code sys} are */
    static OptionalLong bytes(Path root) {
        long least = installed(root.resolve("proc/meminfo"));
        Path groups = root.resolve("sys/fs/cgroup");
        least = Math.min(least, number(groups.resolve("memory/memory.limit_in_bytes")));
        // The limit of a group holds for the groups in it.
        Path folder = groups.resolve(group(root.resolve("proc/self/cgroup"))).normalize();
        while (folder != null && folder.startsWith(groups)) {
            least = Math.min(least, number(folder.resolve("memory.max")));
            folder = folder.getParent();
        }
        return least == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(least);
    }

    private static long installed(Path file) {
        for (String line : text(file).split("\n", -1)) {
            if (line.startsWith("MemTotal:")) {
                long kibibytes = parsed(line.replaceAll("[^0-9]", ""));
                return kibibytes == Long.MAX_VALUE ? kibibytes : kibibytes * KIBIBYTE;
            }
        }
        return Long.MAX_VALUE;
    }

    /** The path of the group of version 2 that this process is in, without a slash before it; empty where there is none. */
    private static String group(Path file) {
        for (String line : text(file).split("\n", -1)) {
            if (line.startsWith("0::/")) {
                return line.substring("0::/".length());
            }
        }
        return "";
    }

    private static long number(Path file) {
        return parsed(text(file).strip());
    }

    private static long parsed(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException none) {
            // "max", or no such file.
            return Long.MAX_VALUE;
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException | InvalidPathException none) {
            return "";
        }
    }
}
