package io.mambapkd.bench.nvidia;

import io.mambapkd.bench.nvidia.EngineQuestion.Answer;
import io.mambapkd.bench.nvidia.EngineQuestion.FilterLayout;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
import io.mambapkd.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import jcuda.jcudnn.cudnnBackendAttributeName;
import jcuda.jcudnn.cudnnBackendAttributeType;
import jcuda.jcudnn.cudnnBackendDescriptorType;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;

/**
 * Asks cuDNN about its engines through its graph API, for a device that is described and need not be there. cuDNN has to be loaded. Source: reference of the
 * cuDNN backend API; the constants that JCuda lacks are those of cuDNN 9.8, which introduced the description of a device.
 */
final class CudnnEngines implements AutoCloseable {
    /** First version that takes a description of a device, as cuDNN tells versions. */
    static final int FIRST_VERSION = 90_800;

    private static final int DEVICE_DESCRIPTION = 38;
    private static final int DEVICE_DESCRIPTION_JSON = 2702;
    private static final int PLAN_DEVICE = 407;
    private static final int ENGINE_DEVICE = 1307;
    private static final int TYPE_CHAR = 24;
    private static final int MOST_NOTES = 64;

    private static final long ALIGNMENT_BYTES = 16;
    private static final long X = 1;
    private static final long Y = 2;
    private static final long FILTER = 3;

    private final Descriptor device;

    /** @throws CudaCallError if cuDNN does not take the description, a JSON object */
    CudnnEngines(byte[] description) {
        device = new Descriptor(DEVICE_DESCRIPTION);
        try (BytePointer text = new BytePointer(description)) {
            device.set(DEVICE_DESCRIPTION_JSON, TYPE_CHAR, description.length, text);
        }
        CudnnStatus.check(device.finish(), () -> "cudnnBackendFinalize(device description)");
    }

    /**
     * What each of the engines 0 and 1 says, with both layouts of the filter.
     *
     * @throws CudaCallError if cuDNN does not take the convolution's description at all
     * @throws UnusableDeviceException if it cannot do what is described
     */
    List<Answer> ask(EngineQuestion question) {
        List<Answer> answers = new ArrayList<>();
        for (FilterLayout layout : FilterLayout.values()) {
            List<Descriptor> made = new ArrayList<>();
            try {
                Descriptor graph = graph(question, layout, made);
                for (int engine = 0; engine < EngineQuestion.ENGINES; engine++) {
                    answers.add(ask(graph, engine, layout, made));
                }
            } finally {
                made.forEach(Descriptor::close);
            }
        }
        return answers;
    }

    private Answer ask(Descriptor graph, int number, FilterLayout layout, List<Descriptor> made) {
        Descriptor engine = made(cudnnBackendDescriptorType.CUDNN_BACKEND_ENGINE_DESCRIPTOR, made);
        engine.setDescriptor(cudnnBackendAttributeName.CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph);
        engine.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_ENGINE_GLOBAL_INDEX, number);
        engine.setDescriptor(ENGINE_DEVICE, device);
        int status = engine.finish();
        if (status != CudnnStatus.SUCCESS) {
            return new Answer(number, layout, status, 0, 0);
        }
        Descriptor configuration = made(cudnnBackendDescriptorType.CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, made);
        configuration.setDescriptor(cudnnBackendAttributeName.CUDNN_ATTR_ENGINECFG_ENGINE, engine);
        status = configuration.finish();
        if (status != CudnnStatus.SUCCESS) {
            return new Answer(number, layout, status, 0, 0);
        }
        Descriptor plan = made(cudnnBackendDescriptorType.CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, made);
        plan.setDescriptor(cudnnBackendAttributeName.CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
        plan.setDescriptor(PLAN_DEVICE, device);
        status = plan.finish();
        return status == CudnnStatus.SUCCESS
                ? new Answer(number, layout, status, workspaceBytes(plan), notes(engine))
                : new Answer(number, layout, status, 0, 0);
    }

    private static long workspaceBytes(Descriptor plan) {
        try (LongPointer bytes = new LongPointer(1)) {
            plan.get(
                    cudnnBackendAttributeName.CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                    cudnnBackendAttributeType.CUDNN_TYPE_INT64,
                    1,
                    bytes);
            return bytes.get(0);
        }
    }

    private static int notes(Descriptor engine) {
        try (IntPointer notes = new IntPointer(MOST_NOTES)) {
            long count = engine.get(
                    cudnnBackendAttributeName.CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                    cudnnBackendAttributeType.CUDNN_TYPE_NUMERICAL_NOTE,
                    MOST_NOTES,
                    notes);
            int bits = 0;
            for (int i = 0; i < count; i++) {
                bits |= 1 << notes.get(i);
            }
            return bits;
        }
    }

    /** A graph of the one operation. */
    private static Descriptor graph(EngineQuestion question, FilterLayout layout, List<Descriptor> made) {
        ConvolutionCall call = question.call();
        Conv2dOps.Options options = call.options();
        int type = question.dtype() == DType.BF16 ? cudnnDataType.CUDNN_DATA_BFLOAT16 : cudnnDataType.CUDNN_DATA_FLOAT;
        long kernel = options.kernel();
        long height = options.output(call.height());
        long width = options.output(call.width());
        Descriptor x = tensor(
                X, type, FilterLayout.CHANNELS_LAST, made, call.batch(), call.inputs(), call.height(), call.width());
        Descriptor y = tensor(Y, type, FilterLayout.CHANNELS_LAST, made, call.batch(), call.outputs(), height, width);
        Descriptor filter = tensor(FILTER, type, layout, made, call.outputs(), call.inputs(), kernel, kernel);
        OperationNames names = OperationNames.of(call.direction());
        Descriptor operation = made(names.descriptor(), made);
        operation.setDescriptor(names.convolution(), convolution(options, made));
        operation.setDescriptor(names.x(), x);
        operation.setDescriptor(names.filter(), filter);
        operation.setDescriptor(names.y(), y);
        operation.setFloat(names.alpha(), 1f);
        operation.setFloat(names.beta(), 0f);
        finish(operation, "operation");
        Descriptor graph = made(cudnnBackendDescriptorType.CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, made);
        graph.setDescriptor(cudnnBackendAttributeName.CUDNN_ATTR_OPERATIONGRAPH_OPS, operation);
        finish(graph, "operation graph");
        return graph;
    }

    private static Descriptor convolution(Conv2dOps.Options options, List<Descriptor> made) {
        Descriptor convolution = made(cudnnBackendDescriptorType.CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, made);
        long padding = options.padding();
        long stride = options.stride();
        convolution.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2);
        convolution.setEnumeration(
                cudnnBackendAttributeName.CUDNN_ATTR_CONVOLUTION_COMP_TYPE,
                cudnnBackendAttributeType.CUDNN_TYPE_DATA_TYPE,
                cudnnDataType.CUDNN_DATA_FLOAT);
        convolution.setEnumeration(
                cudnnBackendAttributeName.CUDNN_ATTR_CONVOLUTION_CONV_MODE,
                cudnnBackendAttributeType.CUDNN_TYPE_CONVOLUTION_MODE,
                cudnnConvolutionMode.CUDNN_CROSS_CORRELATION);
        convolution.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding, padding);
        convolution.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding, padding);
        convolution.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, stride, stride);
        convolution.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_CONVOLUTION_DILATIONS, 1, 1);
        finish(convolution, "convolution");
        return convolution;
    }

    /** @param extents in the order of their names in cuDNN, whatever the layout: N or K, C, H, W */
    private static Descriptor tensor(long id, int type, FilterLayout layout, List<Descriptor> made, long... extents) {
        long channels = extents[1];
        long height = extents[2];
        long width = extents[3];
        Descriptor tensor = made(cudnnBackendDescriptorType.CUDNN_BACKEND_TENSOR_DESCRIPTOR, made);
        tensor.setEnumeration(
                cudnnBackendAttributeName.CUDNN_ATTR_TENSOR_DATA_TYPE,
                cudnnBackendAttributeType.CUDNN_TYPE_DATA_TYPE,
                type);
        tensor.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_TENSOR_DIMENSIONS, extents);
        long image = height * width * channels;
        if (layout == FilterLayout.CHANNELS_LAST) {
            tensor.setIntegers(
                    cudnnBackendAttributeName.CUDNN_ATTR_TENSOR_STRIDES, image, 1, width * channels, channels);
        } else {
            tensor.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_TENSOR_STRIDES, image, height * width, width, 1);
        }
        tensor.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_TENSOR_UNIQUE_ID, id);
        tensor.setIntegers(cudnnBackendAttributeName.CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, ALIGNMENT_BYTES);
        finish(tensor, "tensor");
        return tensor;
    }

    private static Descriptor made(int type, List<Descriptor> made) {
        Descriptor descriptor = new Descriptor(type);
        made.add(descriptor);
        return descriptor;
    }

    private static void finish(Descriptor descriptor, String what) {
        CudnnStatus.check(descriptor.finish(), () -> "cudnnBackendFinalize(" + what + ")");
    }

    @Override
    public void close() {
        device.close();
    }

    /** What the three operations call the same things. */
    private record OperationNames(int descriptor, int convolution, int x, int filter, int y, int alpha, int beta) {
        static OperationNames of(ConvolutionCall.Direction direction) {
            return switch (direction) {
                case FORWARD ->
                    new OperationNames(
                            cudnnBackendDescriptorType.CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA);
                case BACKWARD_DATA ->
                    new OperationNames(
                            cudnnBackendDescriptorType.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA);
                case BACKWARD_FILTER ->
                    new OperationNames(
                            cudnnBackendDescriptorType.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                            cudnnBackendAttributeName.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA);
            };
        }
    }
}
