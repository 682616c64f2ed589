package io.mambapkd.runtime.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a safetensors file: eight bytes with the length of a header, little-endian, the header in JSON, and the elements. Only F32 is read. Each tensor is taken once, by
 * its name and with the shape that it must have; {@link #requireAllTaken} refuses what is left.
 */
public final class Tensors {
    private static final int LARGEST_HEADER = 1 << 20;
    private static final String METADATA = "__metadata__";

    private final ByteBuffer elements;
    private final String where;
    private final Map<String, JsonValue> headers = new LinkedHashMap<>();

    private Tensors(ByteBuffer elements, String where) {
        this.elements = elements;
        this.where = where;
    }

    /**
     * @param file its bytes
     * @param where names the file in messages
     * @throws InvalidModelException if it breaks the format
     */
    public static Tensors of(byte[] file, String where) throws InvalidModelException {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long header = file.length < Long.BYTES ? -1 : bytes.getLong();
        if (header < 2 || header > LARGEST_HEADER || header > file.length - Long.BYTES) {
            throw new InvalidModelException(where + ": expected a safetensors file, got "
                    + (file.length < Long.BYTES
                            ? "only " + file.length + " bytes"
                            : "another format, or one that is cut off"));
        }
        int start = Long.BYTES + (int) header;
        JsonValue root = Json.parse(text(bytes, start, where), where);
        Tensors tensors = new Tensors(
                ByteBuffer.wrap(file, start, file.length - start).slice().order(ByteOrder.LITTLE_ENDIAN), where);
        for (String name : root.keys()) {
            if (!name.equals(METADATA)) {
                tensors.headers.put(name, root.get(name));
            }
        }
        return tensors;
    }

    private static String text(ByteBuffer bytes, int end, String where) throws InvalidModelException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.duplicate().limit(end))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidModelException(where + ": expected a header in UTF-8, got other bytes", e);
        }
    }

    /**
     * The elements of a tensor, row-major.
     *
     * @throws InvalidModelException if there is no such tensor, or its type, shape or place is another
     */
    public float[] take(String name, int... shape) throws InvalidModelException {
        JsonValue header = headers.remove(name);
        if (header == null) {
            throw new InvalidModelException(
                    where + ": expected a tensor " + name + " " + Arrays.toString(shape) + ", got none");
        }
        if (!header.get("dtype").string().equals("F32")) {
            throw header.get("dtype").wrong("the type F32");
        }
        List<JsonValue> extents = header.get("shape").list();
        int[] found = new int[extents.size()];
        for (int axis = 0; axis < found.length; axis++) {
            found[axis] = (int) extents.get(axis).integer(0, Integer.MAX_VALUE);
        }
        if (!Arrays.equals(found, shape)) {
            throw new InvalidModelException(where + ": expected the tensor " + name + " with the shape "
                    + Arrays.toString(shape) + ", got " + Arrays.toString(found));
        }
        long count = 1;
        for (int extent : shape) {
            count *= extent;
        }
        List<JsonValue> offsets = header.get("data_offsets").list();
        long from = offsets.isEmpty() ? -1 : offsets.get(0).integer(0, Integer.MAX_VALUE);
        if (offsets.size() != 2
                || offsets.get(1).integer(0, Integer.MAX_VALUE) - from != count * Float.BYTES
                || from + count * Float.BYTES > elements.capacity()) {
            throw new InvalidModelException(where + ": expected the " + count * Float.BYTES + " bytes of the tensor "
                    + name + ", got other data_offsets, or a file that is cut off");
        }
        float[] values = new float[(int) count];
        elements.duplicate()
                .order(ByteOrder.LITTLE_ENDIAN)
                .position((int) from)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new InvalidModelException(where + ": expected finite numbers, got " + value + " in the tensor "
                        + name + "; train the model again");
            }
        }
        return values;
    }

    /** @throws InvalidModelException if there are tensors that nobody has taken: this version would leave them out */
    public void requireAllTaken() throws InvalidModelException {
        if (!headers.isEmpty()) {
            throw new InvalidModelException(where + ": expected the tensors that the description asks for, got "
                    + JsonValue.printable(headers.keySet().iterator().next())
                    + ", too; use a newer version of the runtime");
        }
    }
}
