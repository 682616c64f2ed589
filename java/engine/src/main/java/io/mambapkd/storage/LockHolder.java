package io.mambapkd.storage;

import io.mambapkd.PlainText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The process that holds a {@link ProcessLock}.
 *
 * @param pid its number on its machine; 0 where it is not known
 * @param host name of its machine; empty where it is not known
 */
public record LockHolder(long pid, String host) {
    private static final Pattern LINE = Pattern.compile("process ([1-9]\\d{0,17}) on host (\\S{1,255})\n?");
    private static final LockHolder UNKNOWN = new LockHolder(0, "");
    private static final int LONGEST_HOST = 255;

    /** This process. */
    static final LockHolder SELF =
            new LockHolder(ProcessHandle.current().pid(), host(Path.of("/proc/sys/kernel/hostname"), System.getenv()));

    /** The process that a line tells of. */
    static LockHolder of(String line) {
        Matcher matcher = LINE.matcher(line);
        return matcher.matches() ? new LockHolder(Long.parseLong(matcher.group(1)), matcher.group(2)) : UNKNOWN;
    }

    String line() {
        return this + "\n";
    }

    boolean isUnknown() {
        return pid == 0;
    }

    /** Whether it may still be there. Of another machine nothing can be said. */
    boolean isPlausible() {
        boolean here = host.equals(SELF.host);
        return !isUnknown() && !(here && ProcessHandle.of(pid).isEmpty());
    }

    /**
     * The name of this machine, without asking a network for it.
     *
     * @param kernel the file in which Linux tells it
     */
    static String host(Path kernel, Map<String, String> environment) {
        String name;
        try {
            name = Files.readString(kernel);
        } catch (IOException elsewhere) {
            name = environment.getOrDefault("COMPUTERNAME", environment.getOrDefault("HOSTNAME", ""));
        }
        String plain = PlainText.line(name).replace(' ', '?');
        return plain.isEmpty() ? "unknown" : plain.substring(0, Math.min(plain.length(), LONGEST_HOST));
    }

    @Override
    public String toString() {
        return isUnknown() ? "another process" : "process " + pid + " on host " + host;
    }
}
