package io.mambapkd.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files are written as Linux documents them in proc(5) and in its guides to control groups. */
final class MachineMemoryTest {
    @TempDir
    private Path root;

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    @Test
    void withoutLimitsItIsTheMachines() throws IOException {
        write("proc/meminfo", "MemTotal:       16384 kB\nMemFree:        1 kB\n");
        write("proc/self/cgroup", "0::/user.slice/session-1.scope\n");
        write("sys/fs/cgroup/user.slice/memory.max", "max\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertThat(MachineMemory.bytes(root)).isEqualTo(OptionalLong.of(16_384 * 1024L));
    }

    @Test
    void theLimitOfAnOuterGroupHolds() throws IOException {
        write("proc/meminfo", "MemTotal:       16384 kB\n");
        write("proc/self/cgroup", "1:name=systemd:/\n0::/a/b\n");
        write("sys/fs/cgroup/a/b/memory.max", "8000000\n");
        write("sys/fs/cgroup/a/memory.max", "7000000\n");
        assertThat(MachineMemory.bytes(root)).isEqualTo(OptionalLong.of(7_000_000));
    }

    @Test
    void aContainerSeesItsLimitAtTheTop() throws IOException {
        write("proc/meminfo", "MemTotal:       16384 kB\n");
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", "5000000\n");
        assertThat(MachineMemory.bytes(root)).isEqualTo(OptionalLong.of(5_000_000));
    }

    @Test
    void theFirstVersionOfGroupsIsReadToo() throws IOException {
        write("proc/meminfo", "MemTotal:       16384 kB\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "6000000\n");
        assertThat(MachineMemory.bytes(root)).isEqualTo(OptionalLong.of(6_000_000));
    }

    @Test
    void aSystemThatSaysNothingHasNoLimit() throws IOException {
        assertThat(MachineMemory.bytes(root)).isEmpty();
        write("proc/meminfo", "MemTotal: lots\n");
        write("proc/self/cgroup", "0::/../../..\n");
        assertThat(MachineMemory.bytes(root)).isEmpty();
    }

    @Test
    void thisMachineSaysSomething() {
        assertThat(MachineMemory.bytes().orElse(Long.MAX_VALUE)).isGreaterThan(100L << 20);
    }
}
