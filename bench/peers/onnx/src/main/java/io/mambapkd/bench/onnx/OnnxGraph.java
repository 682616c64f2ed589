package io.mambapkd.bench.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** A graph of ONNX, operation by operation. Numbers of fields are those of onnx.proto, format version 8, operations those of set 17. */
final class OnnxGraph {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final int FORMAT = 8;
    private static final int OPERATIONS = 17;

    private final ProtocolBuffer graph = new ProtocolBuffer().text(2, "student");
    private int values;

    /** An attribute of an operation. */
    record Attribute(String name, List<Long> integers) {
        static Attribute of(String name, long... integers) {
            return new Attribute(name, Arrays.stream(integers).boxed().toList());
        }
    }

    String input(String name, long... shape) {
        graph.message(11, value(name, shape));
        return name;
    }

    private static ProtocolBuffer value(String name, long... shape) {
        ProtocolBuffer dimensions = new ProtocolBuffer();
        for (long extent : shape) {
            dimensions.message(1, new ProtocolBuffer().integer(1, extent));
        }
        ProtocolBuffer tensor = new ProtocolBuffer().integer(1, FLOAT).message(2, dimensions);
        return new ProtocolBuffer().text(1, name).message(2, new ProtocolBuffer().message(1, tensor));
    }

    /** A constant tensor. */
    String constant(float[] numbers, long... shape) {
        byte[] bytes = new byte[Float.BYTES * numbers.length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(numbers);
        return constant(FLOAT, bytes, shape);
    }

    String constant(long... integers) {
        byte[] bytes = new byte[Long.BYTES * integers.length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(integers);
        return constant(INT64, bytes, integers.length);
    }

    private String constant(int type, byte[] bytes, long... shape) {
        String name = next();
        ProtocolBuffer tensor = new ProtocolBuffer();
        for (long extent : shape) {
            tensor.integer(1, extent);
        }
        graph.message(5, tensor.integer(2, type).text(8, name).raw(9, bytes));
        return name;
    }

    private String next() {
        return "v" + values++;
    }

    /** An operation with one output. */
    String operation(String type, Attribute[] attributes, String... inputs) {
        return operation(type, 1, attributes, inputs)[0];
    }

    String operation(String type, String... inputs) {
        return operation(type, new Attribute[0], inputs);
    }

    String[] operation(String type, int outputs, Attribute[] attributes, String... inputs) {
        String[] names = new String[outputs];
        for (int i = 0; i < outputs; i++) {
            names[i] = next();
        }
        node(type, names, attributes, inputs);
        return names;
    }

    private void node(String type, String[] outputs, Attribute[] attributes, String... inputs) {
        ProtocolBuffer node = new ProtocolBuffer();
        for (String input : inputs) {
            node.text(1, input);
        }
        for (String output : outputs) {
            node.text(2, output);
        }
        node.text(4, type);
        for (Attribute attribute : attributes) {
            node.message(5, attribute(attribute));
        }
        graph.message(1, node);
    }

    private static ProtocolBuffer attribute(Attribute attribute) {
        ProtocolBuffer message = new ProtocolBuffer().text(1, attribute.name());
        boolean single = attribute.name().equals("axis")
                || attribute.name().equals("group")
                || attribute.name().equals("keepdims");
        if (single) {
            return message.integer(3, attribute.integers().get(0)).integer(20, 2);
        }
        for (long integer : attribute.integers()) {
            message.integer(8, integer);
        }
        return message.integer(20, 7);
    }

    /** The model whose output {@code name} is a value. */
    byte[] model(String name, String value, long... shape) {
        node("Identity", new String[] {name}, new Attribute[0], value);
        graph.message(12, value(name, shape));
        ProtocolBuffer operations = new ProtocolBuffer().text(1, "").integer(2, OPERATIONS);
        return new ProtocolBuffer()
                .integer(1, FORMAT)
                .text(2, "mamba-pkd")
                .message(7, graph)
                .message(8, operations)
                .bytes();
    }
}
