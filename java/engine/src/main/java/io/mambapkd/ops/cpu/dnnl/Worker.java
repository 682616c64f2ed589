package io.mambapkd.ops.cpu.dnnl;

import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.tensor.Narrow;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;

/** What one thread computes convolutions with: a stream of the library, and buffers that grow to the largest call. */
final class Worker {
    /** What the buffers hold. */
    enum Slot {
        /** F32 values from the heap that the library is about to convert. */
        STAGED,
        IMAGES,
        FACTOR,
        RESULT,
        SCRATCHPAD
    }

    /** A compiled convolution with this thread's descriptions of its arguments. */
    private record Execution(memory images, memory factor, memory result, memory scratchpad, IntMemoryMap arguments) {}

    /** A conversion between two layouts or types. */
    private record Conversion(reorder function, memory from, memory to) {}

    private final stream commands = new stream(OneDnn.engine());
    private final Map<Slot, NativeBuffer> buffers = new EnumMap<>(Slot.class);
    private final Map<ConvolutionCall, Execution> executions = new HashMap<>();
    private final Map<ConvolutionCall, Conversion> kernels = new HashMap<>();
    private final Map<Integer, Conversion> roundings = new HashMap<>();
    private float[] rounded = {};

    /** A buffer of at least so many bytes; the same one for the same slot. */
    NativeBuffer buffer(Slot slot, long bytes) {
        NativeBuffer buffer = buffers.get(slot);
        if (buffer == null || !buffer.holds(bytes)) {
            buffer = new NativeBuffer(bytes);
            buffers.put(slot, buffer);
        }
        return buffer;
    }

    /** Copies floats from the heap to a slot, as type. */
    Pointer bring(FactorType type, float[] source, int from, int count, Slot slot) {
        long bytes = (long) Float.BYTES * count;
        NativeBuffer target = buffer(slot, bytes);
        switch (type) {
            case F32 -> target.put(source, from, count);
            case ROUNDED -> target.put(rounded(source, from, count), 0, count);
            case BF16 -> {
                NativeBuffer staged = buffer(Slot.STAGED, bytes);
                staged.put(source, from, count);
                convert(roundings.computeIfAbsent(count, Worker::rounding), staged, target.address());
            }
        }
        return target.address();
    }

    /** The values as BF16 holds them. */
    private float[] rounded(float[] source, int from, int count) {
        if (rounded.length < count) {
            rounded = new float[count];
        }
        for (int i = 0; i < count; i++) {
            rounded[i] = Narrow.rounded(source[from + i]);
        }
        return rounded;
    }

    /**
     * Copies a kernel from the heap to {@code target}, as type and in the layout of a compiled convolution.
     *
     * @param source holds (Cout, Cin, k, k) from {@code from}
     */
    void bringKernel(
            ConvolutionCall call,
            CompiledConvolution convolution,
            FactorType type,
            float[] source,
            int from,
            NativeBuffer target) {
        int count = Math.toIntExact(CompiledConvolution.kernelElements(call));
        NativeBuffer staged = buffer(Slot.STAGED, (long) Float.BYTES * count);
        if (type == FactorType.ROUNDED) {
            staged.put(rounded(source, from, count), 0, count);
        } else {
            staged.put(source, from, count);
        }
        Conversion packing = kernels.computeIfAbsent(
                call, key -> conversion(CompiledConvolution.plainKernel(key), convolution.factor()));
        convert(packing, staged, target.address());
    }

    /** Copies a kernel's gradient in the layout of a compiled convolution to the heap, as (Cout, Cin, k, k). */
    void takeKernel(ConvolutionCall call, CompiledConvolution convolution, float[] sums, int size, float[] target) {
        NativeBuffer staged = buffer(Slot.STAGED, (long) Float.BYTES * size);
        staged.put(sums, 0, size);
        int count = Math.toIntExact(CompiledConvolution.kernelElements(call));
        NativeBuffer plain = buffer(Slot.RESULT, (long) Float.BYTES * count);
        Conversion unpacking = kernels.computeIfAbsent(
                call, key -> conversion(convolution.result(), CompiledConvolution.plainKernel(key)));
        convert(unpacking, staged, plain.address());
        plain.get(target, 0, count);
    }

    /** Computes; the result is what {@link Slot#RESULT} holds. */
    NativeBuffer run(ConvolutionCall call, CompiledConvolution convolution, Pointer images, Pointer factor) {
        Execution execution = executions.computeIfAbsent(call, key -> execution(key, convolution));
        NativeBuffer result = buffer(Slot.RESULT, convolution.result().get_size());
        NativeBuffer scratchpad =
                buffer(Slot.SCRATCHPAD, convolution.scratchpad().get_size());
        execution.images.set_data_handle(images);
        execution.factor.set_data_handle(factor);
        execution.result.set_data_handle(result.address());
        execution.scratchpad.set_data_handle(scratchpad.address());
        convolution.function().execute(commands, execution.arguments);
        return result;
    }

    private static Execution execution(ConvolutionCall call, CompiledConvolution convolution) {
        memory images = described(convolution.images());
        memory factor = described(convolution.factor());
        memory result = described(convolution.result());
        memory scratchpad = described(convolution.scratchpad());
        CompiledConvolution.Arguments names = CompiledConvolution.Arguments.of(call.direction());
        IntMemoryMap arguments = new IntMemoryMap();
        arguments.put(names.images(), images);
        arguments.put(names.factor(), factor);
        arguments.put(names.result(), result);
        arguments.put(dnnl.DNNL_ARG_SCRATCHPAD, scratchpad);
        return new Execution(images, factor, result, scratchpad, arguments);
    }

    private static Conversion rounding(int count) {
        long[] extents = {count};
        return conversion(
                new memory.desc(extents, memory.data_type.f32, memory.format_tag.a),
                new memory.desc(extents, memory.data_type.bf16, memory.format_tag.a));
    }

    private static Conversion conversion(memory.desc from, memory.desc to) {
        memory source = described(from);
        memory target = described(to);
        return new Conversion(new reorder(source, target), source, target);
    }

    private void convert(Conversion conversion, NativeBuffer from, Pointer to) {
        conversion.from.set_data_handle(from.address());
        conversion.to.set_data_handle(to);
        conversion.function.execute(commands, conversion.from, conversion.to);
    }

    /** Memory that is said where it lies before each use. */
    private static memory described(memory.desc description) {
        return new memory(description, OneDnn.engine(), (Pointer) null);
    }
}
