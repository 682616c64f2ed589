package io.mambapkd.data.inputs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mambapkd.data.archive.TarBytes;
import io.mambapkd.data.folder.MemoryBudget;
import io.mambapkd.data.folder.PassedOver;
import io.mambapkd.tensor.ImageShape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class StreamInputTest {
    private final MemoryBudget memory = MemoryBudget.ofHeap();
    private final PassedOver passedOver = new PassedOver();
    private final List<InputImage> images = new ArrayList<>();

    private void read(InputStream in) {
        new StreamInput("x", new ImageShape(28, 28, 1)).read(in, memory, passedOver, images::add);
    }

    private List<String> names() {
        return images.stream().map(InputImage::name).toList();
    }

    @Test
    void aSizeThatTheArchiveDoesNotHaveTakesNoMemory() {
        byte[] tar =
                Arrays.copyOf(new TarBytes().header("a.png", '0', 250 << 20).open(), 515);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        long before = threads.getCurrentThreadAllocatedBytes();
        read(new ByteArrayInputStream(tar));
        long taken = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(taken).isLessThan(32 << 20);
        assertThat(images)
                .containsExactly(new InputImage.Unreadable("x", "a tar archive that is cut off, without images"));
    }

    @Test
    void anEntryWaitsForItsShareOfTheMemory() throws InterruptedException {
        byte[] tar = new TarBytes().file("a.png", new byte[1000]).closed();
        long all = memory.take(Long.MAX_VALUE);
        Thread reader = new Thread(() -> read(new ByteArrayInputStream(tar)));
        reader.start();
        while (reader.getState() != Thread.State.WAITING && reader.isAlive()) {
            Thread.onSpinWait();
        }

        assertThat(reader.isAlive()).isTrue();
        memory.giveBack(all);
        reader.join();
        assertThat(names()).containsExactly("x:a.png");
        assertThat(memory.take(all)).isEqualTo(all);
    }

    /** A pipe that is slower than its reader: nothing is ever there before it is asked for. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1 << 16})
    void gzipInSeveralMembersIsReadToItsEnd(int most) throws IOException {
        byte[] tar = new TarBytes()
                .file("0.png", new byte[3000])
                .file("1.png", new byte[5])
                .file("2.png", new byte[700])
                .closed();
        byte[] packed = members(tar, 1000);
        InputStream slow = new FilterInputStream(new ByteArrayInputStream(packed)) {
            @Override
            public int available() {
                return 0;
            }

            @Override
            public int read(byte[] target, int from, int count) throws IOException {
                return super.read(target, from, Math.min(count, most));
            }
        };

        read(slow);

        assertThat(names()).containsExactly("x:0.png", "x:1.png", "x:2.png");
    }

    /** Packed in pieces of so many bytes, one behind the other. */
    private static byte[] members(byte[] content, int bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (int from = 0; from < content.length; from += bytes) {
            try (GZIPOutputStream member = new GZIPOutputStream(packed)) {
                member.write(content, from, Math.min(bytes, content.length - from));
            }
        }
        return packed.toByteArray();
    }

    @Test
    void linksAndDevicesAreToldApart() {
        TarBytes tar = new TarBytes().file("a.png", new byte[1]);
        for (char type : "12263".toCharArray()) {
            tar.entry("b.png", type, new byte[0]);
        }

        read(new ByteArrayInputStream(tar.closed()));

        assertThat(passedOver.notes(Path.of("x")))
                .containsExactly(
                        "3 links are passed over, at x; pack the files that they lead to if they are to count",
                        "2 pipes, devices or sockets are passed over, at x");
    }

    @Test
    void whatIsBelowHiddenFoldersIsPassedOver() {
        TarBytes tar = new TarBytes();
        for (String name : List.of(
                "./.hid/a.png",
                "b/.hid/c/a.png",
                "__MACOSX/a.png",
                "b/.a.png",
                ".hid/a.txt",
                "../a.png",
                "b/./c.png")) {
            tar.file(name, new byte[1]);
        }

        read(new ByteArrayInputStream(tar.closed()));

        assertThat(names()).containsExactly("x:../a.png", "x:b/./c.png");
        assertThat(passedOver.notes(Path.of("x"))).isEmpty();
    }
}
