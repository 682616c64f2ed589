package io.mambapkd.checkpoint;

import io.mambapkd.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads one safetensors file, trusting nothing in it; the rules are those of {@link Safetensors}. */
final class SafetensorsHeader {
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(4)
                            .maxNumberLength(20)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    /** Types of the format whose elements are parts of a byte, or two numbers. */
    private static final Set<String> NARROW_OR_COMPLEX = Set.of("F4", "F6_E2M3", "F6_E3M2", "C64");

    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

    private record Entry(String name, ElementType type, List<Integer> extents, long from, long to) {}

    private final byte[] file;
    private final String where;

    SafetensorsHeader(byte[] file, String where) {
        this.file = file;
        this.where = where;
    }

    Safetensors content() {
        OtherFormat.of(file).ifPresent(other -> {
            throw new InputException(sentence(other.what(), other.remedy()));
        });
        if (file.length < Long.BYTES) {
            throw refuse("only " + file.length + " bytes");
        }
        long headerBytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (headerBytes < 2 || headerBytes > Safetensors.LARGEST_HEADER) {
            throw refuse("a header of " + Long.toUnsignedString(headerBytes) + " bytes, outside 2.."
                    + Safetensors.LARGEST_HEADER);
        }
        int start = Math.toIntExact(Long.BYTES + headerBytes);
        if (start > file.length) {
            throw refuse("a header of " + headerBytes + " bytes in a file of " + file.length);
        }
        if (file[Long.BYTES] != '{') {
            throw refuse("a header that does not start with '{'");
        }
        JsonNode header = json(start);
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : header.properties()) {
            if (field.getKey().equals(Safetensors.METADATA_KEY)) {
                readMetadata(field.getValue(), metadata);
            } else {
                entries.add(entry(field.getKey(), field.getValue()));
            }
        }
        if (entries.size() > Safetensors.MOST_TENSORS) {
            throw refuse(entries.size() + " tensors, more than " + Safetensors.MOST_TENSORS);
        }
        // A tensor without elements ends where it starts, and so comes before the one that starts there too.
        entries.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
        requireCover(entries, (long) file.length - start);
        List<StoredTensor> tensors = new ArrayList<>();
        for (Entry entry : entries) {
            ByteBuffer elements =
                    ByteBuffer.wrap(file, (int) (start + entry.from()), (int) (entry.to() - entry.from()));
            tensors.add(new StoredTensor(entry.name(), entry.type(), entry.extents(), elements));
        }
        return new Safetensors(metadata, tensors);
    }

    private JsonNode json(int end) {
        try {
            // Decoded here, so that the parser cannot guess another encoding and no malformed byte is replaced.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(file, Long.BYTES, end - Long.BYTES))
                    .toString();
            return JSON.readTree(text);
        } catch (CharacterCodingException e) {
            throw refuse("a header that is not UTF-8", e);
        } catch (JacksonException e) {
            throw refuse("a header that is not valid JSON (" + Safetensors.printable(e.getOriginalMessage()) + ")", e);
        }
    }

    private void readMetadata(JsonNode node, Map<String, String> target) {
        if (!node.isObject()) {
            throw refuse(Safetensors.METADATA_KEY + " that is not an object");
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!field.getValue().isString()) {
                throw refuse("metadata that is not a string, under '" + Safetensors.printable(field.getKey()) + "'");
            }
            target.put(field.getKey(), field.getValue().asString());
        }
    }

    private Entry entry(String name, JsonNode node) {
        if (!Safetensors.isName(name)) {
            throw refuse("a tensor name that is not allowed, '" + Safetensors.printable(name) + "'");
        }
        if (!node.isObject() || !Set.copyOf(node.propertyNames()).equals(FIELDS)) {
            throw refuse("tensor " + name + " without exactly the fields dtype, shape and data_offsets");
        }
        ElementType type = type(name, node.get("dtype"));
        List<Integer> extents = extents(name, node.get("shape"));
        JsonNode offsets = node.get("data_offsets");
        if (!offsets.isArray() || offsets.size() != 2) {
            throw refuse("tensor " + name + " without two data_offsets");
        }
        long from = natural(name, offsets.get(0));
        long to = natural(name, offsets.get(1));
        long needed = type.bytes();
        try {
            for (int extent : extents) {
                needed = Math.multiplyExact(needed, extent);
            }
        } catch (ArithmeticException e) {
            throw refuse("tensor " + name + " with a shape of more elements than can be counted", e);
        }
        if (to < from || to - from != needed) {
            throw refuse("tensor " + name + " whose data_offsets " + from + ".." + to + " do not hold the " + needed
                    + " bytes of its shape");
        }
        return new Entry(name, type, extents, from, to);
    }

    private ElementType type(String name, JsonNode node) {
        for (ElementType type : ElementType.values()) {
            if (node.isString() && node.asString().equals(type.name())) {
                return type;
            }
        }
        String type = Safetensors.printable(node.isString() ? node.asString() : node.toString());
        if (NARROW_OR_COMPLEX.contains(type)) {
            throw new InputException(sentence(
                    "tensor " + name + " of the type " + type + ", which this program does not read",
                    "save its tensors as F32"));
        }
        throw refuse("tensor " + name + " of the type " + type + ", which is none of the format");
    }

    private List<Integer> extents(String name, JsonNode node) {
        if (!node.isArray() || node.size() > Safetensors.MOST_AXES) {
            throw refuse(
                    "tensor " + name + " whose shape is not a list of at most " + Safetensors.MOST_AXES + " numbers");
        }
        List<Integer> extents = new ArrayList<>();
        for (JsonNode extent : node) {
            long value = natural(name, extent);
            if (value > Integer.MAX_VALUE) {
                throw refuse("tensor " + name + " with an extent of " + value);
            }
            extents.add((int) value);
        }
        return extents;
    }

    private long natural(String name, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < 0) {
            throw refuse("tensor " + name + " with " + Safetensors.printable(node.toString())
                    + " in place of a whole number");
        }
        return node.asLong();
    }

    private void requireCover(List<Entry> entries, long size) {
        long end = 0;
        for (Entry entry : entries) {
            if (entry.from() != end) {
                throw refuse("tensor " + entry.name() + " that starts at byte " + entry.from() + " of the data, where "
                        + end + " was due");
            }
            end = entry.to();
        }
        if (end != size) {
            throw refuse(size + " bytes of data for tensors of " + end);
        }
    }

    private InputException refuse(String got) {
        return new InputException(sentence(got));
    }

    private InputException refuse(String got, Exception cause) {
        return new InputException(sentence(got), cause);
    }

    private String sentence(String got) {
        return sentence(got, "get the file again");
    }

    private String sentence(String got, String remedy) {
        return "expected a whole safetensors file, got " + got + ", at " + where + "; " + remedy;
    }
}
