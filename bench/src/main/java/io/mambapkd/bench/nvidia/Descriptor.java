package io.mambapkd.bench.nvidia;

import io.mambapkd.ops.cuda.driver.Raw;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnBackendAttributeType;
import jcuda.jcudnn.cudnnBackendDescriptor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/** A descriptor of cuDNN's graph API. Attributes are passed in native memory: JCuda takes no Java array for them. */
final class Descriptor extends cudnnBackendDescriptor implements AutoCloseable {
    private final int type;

    /** @throws CudaCallError if cuDNN does not know the type */
    Descriptor(int type) {
        this.type = type;
        CudnnStatus.check(
                JCudnn.cudnnBackendCreateDescriptor(type, this), () -> "cudnnBackendCreateDescriptor(" + type + ")");
    }

    void setIntegers(int name, long... values) {
        try (LongPointer memory = new LongPointer(values)) {
            set(name, cudnnBackendAttributeType.CUDNN_TYPE_INT64, values.length, memory);
        }
    }

    void setFloat(int name, float value) {
        try (FloatPointer memory = new FloatPointer(value)) {
            set(name, cudnnBackendAttributeType.CUDNN_TYPE_FLOAT, 1, memory);
        }
    }

    void setDescriptor(int name, Descriptor value) {
        try (LongPointer memory = new LongPointer(new long[] {value.getNativePointer()})) {
            set(name, cudnnBackendAttributeType.CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, memory);
        }
    }

    /** @param enumeration type of the attribute, whose values are C enumerations */
    void setEnumeration(int name, int enumeration, int value) {
        try (IntPointer memory = new IntPointer(new int[] {value})) {
            set(name, enumeration, 1, memory);
        }
    }

    /** @throws CudaCallError if cuDNN refuses the attribute */
    void set(int name, int attributeType, long count, Pointer values) {
        CudnnStatus.check(
                JCudnn.cudnnBackendSetAttribute(this, name, attributeType, count, new Raw(values.address())),
                () -> "cudnnBackendSetAttribute(descriptor " + type + ", attribute " + name + ")");
    }

    /**
     * Reads an attribute.
     *
     * @param values room for {@code count} of them
     * @return how many there are
     * @throws CudaCallError if cuDNN refuses it
     */
    long get(int name, int attributeType, long count, Pointer values) {
        long[] found = new long[1];
        CudnnStatus.check(
                JCudnn.cudnnBackendGetAttribute(this, name, attributeType, count, found, new Raw(values.address())),
                () -> "cudnnBackendGetAttribute(descriptor " + type + ", attribute " + name + ")");
        return Math.min(found[0], count);
    }

    /** @return status of cuDNN, which is not success where no engine of that kind exists for the device */
    int finish() {
        return JCudnn.cudnnBackendFinalize(this);
    }

    @Override
    public void close() {
        JCudnn.cudnnBackendDestroyDescriptor(this);
    }
}
