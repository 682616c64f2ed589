package io.mambapkd.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.passthrough.PassthroughNDManager;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Our safetensors against DJL's, which was written by others. Its pass-through manager keeps arrays as plain buffers, so its reader and
 * writer run here without any engine or native library.
 */
class SafetensorsOracleTest {
    @Test
    void djlReadsWhatWeWrite() throws IOException {
        Map<String, float[]> values =
                Map.of("mixer.A_log", randomFloats(15), "mixer.D", randomFloats(7), "conv.weight", randomFloats(18));
        Map<String, List<Integer>> extents =
                Map.of("mixer.A_log", List.of(3, 5), "mixer.D", List.of(7), "conv.weight", List.of(2, 1, 3, 3));
        List<StoredTensor> tensors = values.keySet().stream()
                .map(name -> StoredTensor.of(name, extents.get(name), values.get(name)))
                .toList();
        byte[] file = new Safetensors(Map.of("format", "pt", "note", "größer"), tensors).toBytes();
        try (NDManager manager = PassthroughNDManager.INSTANCE) {
            NDList theirs = NDList.decode(manager, new ByteArrayInputStream(file));
            assertThat(theirs).hasSize(3);
            values.forEach((name, floats) -> {
                NDArray array = theirs.get(name);
                assertThat(array.getDataType()).isEqualTo(DataType.FLOAT32);
                assertThat(array.getShape().getShape())
                        .containsExactly(extents.get(name).stream()
                                .mapToLong(Integer::longValue)
                                .toArray());
                assertThat(floats(array)).containsExactly(floats);
            });
        }
    }

    @Test
    void weReadWhatDjlWrites() throws IOException {
        Map<String, float[]> values = new LinkedHashMap<>();
        values.put("b", randomFloats(6));
        values.put("a", randomFloats(4));
        values.put("c.weight", randomFloats(24));
        Map<String, Shape> shapes = Map.of("b", new Shape(2, 3), "a", new Shape(4), "c.weight", new Shape(2, 3, 4));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (NDManager manager = PassthroughNDManager.INSTANCE) {
            NDList theirs = new NDList();
            values.forEach((name, floats) -> {
                ByteBuffer bytes =
                        ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(floats);
                NDArray array = manager.create(bytes, shapes.get(name), DataType.FLOAT32);
                array.setName(name);
                theirs.add(array);
            });
            theirs.encode(file, NDList.Encoding.SAFETENSORS);
        }
        Safetensors ours = Safetensors.parse(file.toByteArray(), "djl");
        assertThat(ours.tensors()).extracting(StoredTensor::name).containsExactlyInAnyOrder("a", "b", "c.weight");
        for (StoredTensor tensor : ours.tensors()) {
            assertThat(tensor.extents().stream().mapToLong(Integer::longValue).toArray())
                    .containsExactly(shapes.get(tensor.name()).getShape());
            assertThat(tensor.floats()).containsExactly(values.get(tensor.name()));
        }
    }

    private static float[] floats(NDArray array) {
        ByteBuffer bytes = array.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private static float[] randomFloats(int count) {
        CounterRandom random = new CounterRandom(count, Purpose.TEST_INPUT);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.normal(0, i, 0);
        }
        return values;
    }
}
