package io.mambapkd.checkpoint;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.storage.DurableFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Vectors of floats and strings of this program in one safetensors file with a {@link Seal}: such as the state of a training, which is no model. */
public final class TensorFile {
    private final Map<String, String> metadata;
    private final Map<String, float[]> vectors;

    private TensorFile(Map<String, String> metadata, Map<String, float[]> vectors) {
        this.metadata = metadata;
        this.vectors = vectors;
    }

    /** The file. Its bytes depend on the strings, names and values alone. The vectors may be changed afterwards. */
    public static DurableFiles.Content content(Map<String, String> metadata, Map<String, float[]> vectors) {
        List<StoredTensor> tensors = new ArrayList<>();
        new TreeMap<>(vectors)
                .forEach((name, values) -> tensors.add(StoredTensor.of(name, List.of(values.length), values)));
        return Seal.sealed(new TreeMap<>(metadata), tensors);
    }

    /**
     * Reads a file.
     *
     * @throws NewerFormatException if it is of a later format
     * @throws InputException if it cannot be read, was changed, or is of another program
     */
    public static TensorFile read(Path file) {
        return parse(Safetensors.bytes(file), file.toString());
    }

    /**
     * Reads the bytes of a file; as {@link #read}.
     *
     * @param where names the file in messages
     */
    public static TensorFile parse(byte[] bytes, String where) {
        Safetensors content = Safetensors.parse(bytes, where);
        if (Seal.hash(content.metadata()).isEmpty()) {
            throw new InputException(new Problem(
                    "expected a file with a seal of this program, got one without, at " + where, "use another copy"));
        }
        Map<String, String> metadata = Seal.opened(bytes, content.metadata(), where);
        Map<String, float[]> vectors = new LinkedHashMap<>();
        content.tensors().forEach(tensor -> vectors.put(tensor.name(), tensor.floats()));
        return new TensorFile(metadata, vectors);
    }

    /** The strings that {@link #content} was given. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** By name. */
    public Map<String, float[]> vectors() {
        return vectors;
    }
}
