package io.mambapkd.checkpoint;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * The content of a file in the safetensors format: named tensors and a few strings. No code, no compression.
 *
 * <pre>
 * byte 0        8 bytes: N, length of the header, unsigned, little-endian
 * byte 8        N bytes: the header, JSON in UTF-8, starting with '{', padded at its end with spaces
 * byte 8 + N    the elements of all tensors, little-endian, row-major, one tensor after the other
 * </pre>
 *
 * The header maps each tensor's name to
 * {@code {"dtype": "F32", "shape": [3, 4], "data_offsets": [from, to]}}, offsets in bytes from byte 8 + N, and may map {@code __metadata__}
 * to an object of strings. Together the tensors cover all bytes after the header, without holes and without overlap.
 *
 * <p>Stricter than the format's other readers, because files come from strangers: a name that comes twice is an error; the header has at most 1 MiB and
 * 10,000 tensors; a tensor has at most 8 axes; names match {@code [A-Za-z0-9._/-]{1,256}} without {@code ..}; the fields
 * of a tensor are those three and no other; types are those of {@link ElementType}. A file of another format is named by its format.
 *
 * <p>Written files are a function of the content alone: metadata first, tensors in the order given, no spaces in the JSON, padding to a
 * multiple of 8.
 *
 * @param metadata strings by key, in the order of the file
 * @param tensors in the order of their bytes
 */
public record Safetensors(Map<String, String> metadata, List<StoredTensor> tensors) {
    static final String METADATA_KEY = "__metadata__";
    static final int LARGEST_HEADER = 1 << 20;
    static final int MOST_TENSORS = 10_000;
    static final int MOST_AXES = 8;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._/-]{1,256}");
    private static final int ALIGNMENT = 8;
    private static final int LONGEST_QUOTE = 100;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public Safetensors {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        tensors = List.copyOf(tensors);
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches() && !name.contains("..") && !name.equals(METADATA_KEY);
    }

    /** Text of a file, made short and harmless for a terminal. */
    static String printable(String text) {
        String clean = text.replaceAll("[^ -~]", "?");
        return clean.length() <= LONGEST_QUOTE ? clean : clean.substring(0, LONGEST_QUOTE) + "...";
    }

    /**
     * Reads a file.
     *
     * @throws InputException if it cannot be read or breaks one of the rules
     */
    public static Safetensors read(Path file) {
        return parse(bytes(file), file.toString());
    }

    /** The bytes of a regular file, or an {@link InputException}. */
    static byte[] bytes(Path file) {
        try {
            if (!Files.isRegularFile(file) && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new InputException("expected a safetensors file, got "
                        + (Files.isDirectory(file) ? "a folder" : "something that is not a regular file") + ", at "
                        + file + "; name the file itself");
            }
            if (Files.size(file) > Integer.MAX_VALUE - 8) {
                throw new InputException("expected a safetensors file of less than 2 GiB, got " + Files.size(file)
                        + " bytes, at " + file + "; name a checkpoint of this program");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException(
                    "cannot read " + file + ": " + FileFailure.reason(e)
                            + "; name a safetensors file that exists and is readable",
                    e);
        }
    }

    /**
     * @param where names the file in messages
     * @throws InputException if a rule is broken
     */
    static Safetensors parse(byte[] file, String where) {
        return new SafetensorsHeader(file, where).content();
    }

    /**
     * The file.
     *
     * @throws IllegalArgumentException if a rule is broken
     */
    public byte[] toBytes() {
        byte[] head = head();
        int size = Math.toIntExact(head.length
                + tensors.stream()
                        .mapToLong(tensor -> tensor.bytes().capacity())
                        .sum());
        ByteBuffer file = ByteBuffer.allocate(size).put(head);
        tensors.forEach(tensor -> file.put(tensor.bytes()));
        return file.array();
    }

    /**
     * The file up to its first element.
     *
     * @throws IllegalArgumentException if a rule is broken
     */
    byte[] head() {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put(METADATA_KEY, metadata);
        }
        Set<String> names = new HashSet<>();
        long end = 0;
        for (StoredTensor tensor : tensors) {
            requireWritable(tensor, names.add(tensor.name()));
            long from = end;
            end += tensor.bytes().capacity();
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", tensor.type().name());
            entry.put("shape", tensor.extents());
            entry.put("data_offsets", List.of(from, end));
            header.put(tensor.name(), entry);
        }
        byte[] json = JSON.writeValueAsBytes(header);
        byte[] padded = Arrays.copyOf(json, (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        if (padded.length > LARGEST_HEADER || tensors.size() > MOST_TENSORS) {
            throw new IllegalArgumentException(
                    tensors.size() + " tensors with a header of " + padded.length + " bytes are too much for one file");
        }
        ByteBuffer head = ByteBuffer.allocate(Long.BYTES + padded.length).order(ByteOrder.LITTLE_ENDIAN);
        return head.putLong(padded.length).put(padded).array();
    }

    private static void requireWritable(StoredTensor tensor, boolean first) {
        long bytes = tensor.type().bytes();
        for (int extent : tensor.extents()) {
            bytes = Math.multiplyExact(bytes, extent);
        }
        if (!isName(tensor.name())
                || !first
                || tensor.extents().size() > MOST_AXES
                || bytes < 1
                || bytes != tensor.bytes().capacity()) {
            throw new IllegalArgumentException("tensor '" + tensor.name() + "' " + tensor.shape() + " with "
                    + tensor.bytes().capacity() + " bytes breaks a rule of the format"
                    + (first ? "" : ", or its name comes twice"));
        }
    }
}
