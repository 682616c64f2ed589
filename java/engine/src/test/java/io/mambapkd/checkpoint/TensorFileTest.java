package io.mambapkd.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFileTest {
    private static final int BYTES = 8192;
    private static final Map<String, String> METADATA = Map.of("save.format", "1", "save.training", "{\"step\":12}");

    private static byte[] file(int elements) {
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (float) Math.sqrt(i);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            TensorFile.content(METADATA, Map.of("parameters", values, "adamw.m", new float[] {1, 2, 3}))
                    .writeTo(Channels.newChannel(bytes));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    /** A file of 8 KiB. */
    private static byte[] file() {
        int other = file(1).length - Float.BYTES;
        byte[] file = file((BYTES - other) / Float.BYTES - 1);
        assertThat(file.length).isBetween(BYTES - 8, BYTES);
        return file.length == BYTES ? file : file((BYTES - other) / Float.BYTES);
    }

    private static boolean isRead(byte[] file) {
        try {
            TensorFile.parse(file, "save");
            return true;
        } catch (InputException refused) {
            return false;
        }
    }

    @Test
    void whatIsWrittenIsRead(@TempDir Path folder) throws IOException {
        Path path = Files.write(folder.resolve("save"), file(5));
        TensorFile read = TensorFile.read(path);
        assertThat(read.metadata()).isEqualTo(METADATA);
        assertThat(read.vectors().get("adamw.m")).containsExactly(1, 2, 3);
        assertThat(read.vectors().get("parameters")).hasSize(5);
    }

    @Test
    void everyBitThatIsTurnedIsFound() {
        byte[] file = file();
        assertThat(isRead(file)).isTrue();
        int found = 0;
        for (int bit = 0; bit < file.length * 8; bit++) {
            file[bit / 8] ^= (byte) (1 << bit % 8);
            found += isRead(file) ? 0 : 1;
            file[bit / 8] ^= (byte) (1 << bit % 8);
        }
        assertThat(found).isEqualTo(8 * BYTES);
    }

    @Test
    void everyTruncationIsFound() {
        byte[] file = file();
        for (int length = 0; length < file.length; length++) {
            assertThat(isRead(Arrays.copyOf(file, length)))
                    .as("%d bytes", length)
                    .isFalse();
        }
    }

    @Test
    void aFileWithoutASealIsRefused() {
        byte[] foreign = new Safetensors(METADATA, java.util.List.of()).toBytes();
        assertThatThrownBy(() -> TensorFile.parse(foreign, "save"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file with a seal of this program, got one without, at save; use another copy");
    }
}
