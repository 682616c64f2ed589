package io.mambapkd.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.runtime.TinyModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorsTest {
    private static byte[] file(String header, float... values) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + 4 * values.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json);
        for (float value : values) {
            file.putFloat(value);
        }
        return file.array();
    }

    @Test
    void elementsAreReadAsTheyAreStored() throws InvalidModelException {
        Tensors tensors = Tensors.of(
                file(
                        "{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}  ",
                        1.5f,
                        -2f,
                        3f),
                "f");
        assertThat(tensors.take("a", 2, 1)).containsExactly(1.5f, -2f);
        assertThatThrownBy(tensors::requireAllTaken).hasMessageContaining("got b, too");
        assertThat(tensors.take("b", 1)).containsExactly(3f);
        tensors.requireAllTaken();
        assertThatThrownBy(() -> tensors.take("b", 1)).hasMessage("f: expected a tensor b [1], got none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "F16 | [2] | [0,4] | a.dtype: expected the type F32, got 'F16'",
                "F32 | [3] | [0,12] | expected the tensor a with the shape [2], got [3]",
                "F32 | [2] | [0,4] | got other data_offsets, or a file that is cut off",
                "F32 | [2] | [8,16] | got other data_offsets, or a file that is cut off",
                "F32 | [2] | [0] | got other data_offsets",
                "F32 | [-2] | [0,8] | expected an integer from 0",
                "F32 | 2 | [0,8] | a.shape: expected a list, got '2'"
            })
    void aHeaderThatDoesNotFitIsRefused(String type, String shape, String offsets, String expected)
            throws InvalidModelException {
        String header =
                String.format("{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}", type, shape, offsets);
        Tensors tensors = Tensors.of(file(header, 1, 2), "f");
        assertThatThrownBy(() -> tensors.take("a", 2))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() throws InvalidModelException {
        Tensors tensors =
                Tensors.of(file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 1, Float.NaN), "f");
        assertThatThrownBy(() -> tensors.take("a", 2)).hasMessageContaining("expected finite numbers, got NaN");
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] whole = TinyModel.safetensors(Map.of("a", new int[] {3}));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Tensors.of(cut, "f").take("a", 3)).isInstanceOf(InvalidModelException.class);
        }
    }
}
