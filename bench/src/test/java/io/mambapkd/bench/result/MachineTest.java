package io.mambapkd.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    @TempDir
    Path folder;

    @Test
    void theProcessorIsTheModelNameOfTheFirstCore() throws IOException {
        Path information = folder.resolve("cpuinfo");
        Files.writeString(information, "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nmodel name\t: Other\n");
        assertThat(Machine.cpu(information)).isEqualTo("Some CPU @ 2 GHz");
    }

    @Test
    void withoutThatFileItIsTheArchitecture() {
        assertThat(Machine.cpu(folder.resolve("none"))).isEqualTo(System.getProperty("os.arch"));
    }

    @Test
    void aMachineIsBusyFromHalfOfItsCoresOn() {
        assertThat(new Machine(2, "j", "s", 1.5).isBusy()).isTrue();
        assertThat(new Machine(4, "j", "s", 1.5).isBusy()).isFalse();
        assertThat(new Machine(2, "j", "s", -1).isBusy()).isFalse();
    }
}
