package io.mambapkd.ops.cpu.dnnl;

import io.mambapkd.ops.ConvolutionCall;
import java.util.Arrays;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;

/**
 * One function of a convolution as oneDNN compiles it, for a number of images of one shape. Images lie channels last, the kernel as the library likes it. Threads
 * share it: it has no memory of its own.
 *
 * @param function the compiled code
 * @param images what is read of the images: x, or dy where the gradient of the input is computed
 * @param factor the kernel, or dy where the gradient of the kernel is computed
 * @param result y, dx or dWeight; always F32
 * @param scratchpad memory that a thread lends to the code
 * @param implementation the library's name of the code
 */
record CompiledConvolution(
        primitive function,
        memory.desc images,
        memory.desc factor,
        memory.desc result,
        memory.desc scratchpad,
        String implementation) {
    private static final memory.data_type F32 = memory.data_type.f32;

    /** What of the library's names of arguments goes where. */
    record Arguments(int images, int factor, int result) {
        static Arguments of(ConvolutionCall.Direction direction) {
            return switch (direction) {
                case FORWARD -> new Arguments(dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_WEIGHTS, dnnl.DNNL_ARG_DST);
                case BACKWARD_DATA ->
                    new Arguments(dnnl.DNNL_ARG_DIFF_DST, dnnl.DNNL_ARG_WEIGHTS, dnnl.DNNL_ARG_DIFF_SRC);
                case BACKWARD_FILTER ->
                    new Arguments(dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_DIFF_DST, dnnl.DNNL_ARG_DIFF_WEIGHTS);
            };
        }
    }

    /** @param operands type of the two factors, F32 or BF16 */
    static CompiledConvolution of(ConvolutionCall call, memory.data_type operands) {
        long[] stride = {call.options().stride(), call.options().stride()};
        long[] padding = {call.options().padding(), call.options().padding()};
        try (primitive_attr attributes = new primitive_attr()) {
            attributes.set_scratchpad_mode(dnnl.scratchpad_mode.user);
            boolean forwards = call.direction() == ConvolutionCall.Direction.FORWARD;
            convolution_forward.primitive_desc forward = new convolution_forward.primitive_desc(
                    OneDnn.engine(),
                    dnnl.prop_kind.forward_training,
                    dnnl.algorithm.convolution_direct,
                    inputs(call, operands),
                    kernel(call, operands),
                    outputs(call, forwards ? F32 : operands),
                    stride,
                    padding,
                    padding,
                    attributes,
                    false);
            return switch (call.direction()) {
                case FORWARD -> of(forward, forward.src_desc(), forward.weights_desc(), forward.dst_desc());
                case BACKWARD_DATA -> {
                    convolution_backward_data.primitive_desc data = new convolution_backward_data.primitive_desc(
                            OneDnn.engine(),
                            dnnl.algorithm.convolution_direct,
                            inputs(call, F32),
                            kernel(call, operands),
                            outputs(call, operands),
                            stride,
                            padding,
                            padding,
                            forward,
                            attributes,
                            false);
                    yield of(data, data.diff_dst_desc(), data.weights_desc(), data.diff_src_desc());
                }
                case BACKWARD_FILTER -> {
                    convolution_backward_weights.primitive_desc filter =
                            new convolution_backward_weights.primitive_desc(
                                    OneDnn.engine(),
                                    dnnl.algorithm.convolution_direct,
                                    inputs(call, operands),
                                    kernel(call, F32),
                                    outputs(call, operands),
                                    stride,
                                    padding,
                                    padding,
                                    forward,
                                    attributes,
                                    false);
                    yield of(filter, filter.src_desc(), filter.diff_dst_desc(), filter.diff_weights_desc());
                }
            };
        }
    }

    /** Whether it is the plain code that the library checks itself with, which is slower than products of patches. */
    boolean isReference() {
        return implementation.contains("ref:");
    }

    private static CompiledConvolution of(
            primitive_desc chosen, memory.desc images, memory.desc factor, memory.desc result) {
        String implementation = chosen.impl_info_str().getString();
        return new CompiledConvolution(
                new primitive(chosen), images, factor, result, chosen.scratchpad_desc(), implementation);
    }

    /** The convolution's input (B, H, W, Cin). */
    private static memory.desc inputs(ConvolutionCall call, memory.data_type type) {
        return images(type, call.batch(), call.inputs(), call.height(), call.width());
    }

    /** The convolution's output (B, H', W', Cout). */
    private static memory.desc outputs(ConvolutionCall call, memory.data_type type) {
        int rows = call.options().output(call.height());
        int columns = call.options().output(call.width());
        return images(type, call.batch(), call.outputs(), rows, columns);
    }

    private static memory.desc images(memory.data_type type, long... extents) {
        return new memory.desc(extents, type, memory.format_tag.nhwc);
    }

    private static memory.desc kernel(ConvolutionCall call, memory.data_type type) {
        return new memory.desc(kernelExtents(call), type, memory.format_tag.any);
    }

    /** The kernel as the contract has it: (Cout, Cin, k, k), F32. */
    static memory.desc plainKernel(ConvolutionCall call) {
        return new memory.desc(kernelExtents(call), F32, memory.format_tag.oihw);
    }

    static long kernelElements(ConvolutionCall call) {
        return Arrays.stream(kernelExtents(call)).reduce(1, Math::multiplyExact);
    }

    private static long[] kernelExtents(ConvolutionCall call) {
        int kernel = call.options().kernel();
        return new long[] {call.outputs(), call.inputs(), kernel, kernel};
    }
}
