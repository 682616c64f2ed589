package io.mambapkd.ops.cuda.driver;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.NoSuchDeviceException;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.ptx.PtxFamily;
import java.nio.charset.StandardCharsets;
import jcuda.driver.CUcomputemode;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * One GPU as the driver describes it.
 *
 * @param index as the driver counts, from 0
 * @param name as the vendor calls it
 * @param capability compute capability, 80 for 8.0
 * @param memoryBytes all of its memory
 * @param driverVersion newest CUDA that the driver knows, 12080 for 12.8
 * @param sharedBytes most shared memory that a block may have
 * @param handle the driver's own
 */
public record CudaDevice(
        int index, String name, int capability, long memoryBytes, int driverVersion, int sharedBytes, CUdevice handle) {
    private static final int LONGEST_NAME = 256;
    private static final int LOWEST_WITH_TF32 = 80;
    private static final int LOWEST_WITH_BFLOAT16 = 80;

    /**
     * Starts the driver and asks it for a device.
     *
     * @throws UnusableDeviceException if the driver finds no device
     * @throws NoSuchDeviceException if there is no device of that index
     * @throws InputException if it is too old for the kernels
     */
    public static CudaDevice find(int index) {
        CudaStatus.checkStart(JCudaDriver.cuInit(0));
        int[] version = new int[1];
        CudaStatus.check(JCudaDriver.cuDriverGetVersion(version), () -> "cuDriverGetVersion()");
        int[] count = new int[1];
        CudaStatus.check(JCudaDriver.cuDeviceGetCount(count), () -> "cuDeviceGetCount()");
        if (count[0] == 0) {
            throw CudaStatus.failure(CUresult.CUDA_ERROR_NO_DEVICE, "cuDeviceGetCount()");
        }
        if (index >= count[0]) {
            throw new NoSuchDeviceException(index, count[0]);
        }
        CUdevice handle = new CUdevice();
        CudaStatus.check(JCudaDriver.cuDeviceGet(handle, index), () -> "cuDeviceGet(" + index + ")");
        byte[] name = new byte[LONGEST_NAME];
        CudaStatus.check(
                JCudaDriver.cuDeviceGetName(name, name.length, handle), () -> "cuDeviceGetName(" + index + ")");
        long[] memory = new long[1];
        CudaStatus.check(JCudaDriver.cuDeviceTotalMem(memory, handle), () -> "cuDeviceTotalMem(" + index + ")");
        CudaDevice device = new CudaDevice(
                index,
                text(name),
                attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) * 10
                        + attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                memory[0],
                version[0],
                attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                handle);
        if (device.capability < PtxFamily.LOWEST_TARGET) {
            throw new InputException(new Problem(
                    "the kernels need a GPU of compute capability " + decimal(PtxFamily.LOWEST_TARGET)
                            + " or higher but device " + index + ", " + device.name + ", has "
                            + decimal(device.capability),
                    "use another device or --device cpu"));
        }
        return device;
    }

    /** @throws InputException if the device rounds products in no such way */
    void requireProducts(CudaOptions.Products products) {
        if (products == CudaOptions.Products.TF32 && capability < LOWEST_WITH_TF32) {
            throw new InputException(new Problem(
                    "TF32 needs a GPU of compute capability " + decimal(LOWEST_WITH_TF32) + " or higher but device "
                            + index + ", " + name + ", has " + decimal(capability),
                    "leave out --tf32, or choose another with --gpu"));
        }
    }

    /** What limits its speed. */
    public DeviceTraits traits() {
        return new DeviceTraits(
                capability,
                attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
                attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE),
                memoryBytes);
    }

    /** What it takes of processes: {@code default}, {@code exclusive}, {@code prohibited}, or empty where the driver does not say. */
    public String computeMode() {
        int[] mode = new int[1];
        int status =
                JCudaDriver.cuDeviceGetAttribute(mode, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_MODE, handle);
        if (status != CudaStatus.SUCCESS) {
            return "";
        }
        return switch (mode[0]) {
            case CUcomputemode.CU_COMPUTEMODE_DEFAULT -> "default";
            case CUcomputemode.CU_COMPUTEMODE_PROHIBITED -> "prohibited";
            default -> "exclusive";
        };
    }

    private static int attribute(CUdevice handle, int attribute) {
        int[] value = new int[1];
        CudaStatus.check(
                JCudaDriver.cuDeviceGetAttribute(value, attribute, handle),
                () -> "cuDeviceGetAttribute(" + CUdevice_attribute.stringFor(attribute) + ")");
        return value[0];
    }

    private static String text(byte[] zeroEnded) {
        int length = 0;
        while (length < zeroEnded.length && zeroEnded[length] != 0) {
            length++;
        }
        return new String(zeroEnded, 0, length, StandardCharsets.UTF_8);
    }

    private static String decimal(int tenfold) {
        return tenfold / 10 + "." + tenfold % 10;
    }

    /** Whether there is no hardware behind it, so that its speed says nothing. */
    public boolean isEmulated() {
        return name.contains("emulated");
    }

    /** Whether the driver is of a CUDA release that knew this version of PTX, 78 for 7.8. */
    boolean knowsPtx(int version) {
        return driverVersion >= PtxFamily.neededDriver(version);
    }

    /** {@code 12.8}. */
    public String cudaVersion() {
        return release(driverVersion);
    }

    /** {@code 12.8} for 12080. */
    public static String release(int driverVersion) {
        return driverVersion / 1000 + "." + driverVersion % 1000 / 10;
    }

    /** Whether its matrix products and convolutions take bfloat16: from compute capability 8.0 on. */
    public boolean hasBfloat16Products() {
        return capability >= LOWEST_WITH_BFLOAT16;
    }

    /** {@code NVIDIA H100, compute capability 9.0, driver for CUDA 12.8}. */
    public String description() {
        return name + ", compute capability " + decimal(capability) + ", driver for CUDA " + cudaVersion()
                + (isEmulated() ? ", an emulation without hardware" : "");
    }
}
