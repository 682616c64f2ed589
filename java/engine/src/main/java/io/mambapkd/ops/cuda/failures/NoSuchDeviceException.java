package io.mambapkd.ops.cuda.failures;

import io.mambapkd.InputException;
import io.mambapkd.Problem;

/** The driver has devices, but none of the index that was asked for. */
public final class NoSuchDeviceException extends InputException {
    private static final long serialVersionUID = 1L;

    /** @param count number of devices that there are, 1 or more */
    public NoSuchDeviceException(int index, int count) {
        super(new Problem(
                "expected " + (count == 1 ? "CUDA device 0, the only one" : "a CUDA device from 0 to " + (count - 1))
                        + " that the driver has, got " + index,
                "nvidia-smi -L lists them, --gpu chooses one"));
    }
}
