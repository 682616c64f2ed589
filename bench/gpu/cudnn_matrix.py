"""Asks cuDNN's legacy convolution calls what they support on this device. Standard library alone.

    python3 cudnn_matrix.py FOLDER_OF_LIBCUDNN [LIBCUDA] [--quick]

A line names a convolution (type, math, layout of the filter, batch, extents, channels in and out, kernel, stride, padding); the next has, for each
direction and algorithm, the status with which the question for its workspace or the call itself was refused, or the microseconds of the third call and
the bytes of its workspace. OTHER BITS marks an algorithm whose second and third call differed. Exit status 1 if a call failed that its workspace question allowed.
"""

import argparse
import ctypes
import itertools
import os
import sys
import time

F32, BF16 = 0, 9
NCHW, NHWC = 0, 1
DEFAULT, TENSOR, FMA = 0, 1, 3
TYPES = {F32: ("f32", 4), BF16: ("bf16", 2)}
LAYOUTS = {NCHW: "nchw", NHWC: "nhwc"}
MATHS = {DEFAULT: "default", TENSOR: "tensor", FMA: "fma"}
FILL = 0x3C

# Batch, height, width, channels in, channels out, kernel, stride, padding.
ODD = [(2, 6, 5, 3, 1, 3, 1, 1), (2, 5, 5, 3, 2, 5, 1, 0), (1, 3, 2, 1, 3, 5, 1, 4), (2, 14, 14, 1, 1, 3, 2, 1), (2, 8, 8, 4, 4, 3, 1, 1)]
TEACHER = [(128, side, side, channels, width, 3, 1, 1) for side, channels, width in
           ((28, 1, 16), (28, 16, 16), (14, 16, 32), (14, 32, 32), (7, 32, 64), (7, 64, 64))]


class Driver:
    """Memory of the first device, in its primary context."""

    def __init__(self, library):
        self.library = ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
        self.call("cuInit", 0)
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(device), 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self.call("cuCtxSetCurrent", context)

    def call(self, name, *arguments):
        status = getattr(self.library, name)(*arguments)
        if status:
            sys.exit(f"cudnn_matrix: {name}() returned {status}; mamba-pkd doctor says what the driver lacks")

    def allocate(self, size):
        pointer = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(max(size, 256)))
        self.fill(pointer, max(size, 256))
        return pointer

    def fill(self, pointer, size):
        self.call("cuMemsetD8_v2", pointer, ctypes.c_ubyte(FILL), ctypes.c_size_t(size))

    def read(self, pointer, size):
        host = (ctypes.c_ubyte * size)()
        self.call("cuMemcpyDtoH_v2", host, pointer, ctypes.c_size_t(size))
        return bytes(host)

    def free(self, *pointers):
        for pointer in pointers:
            self.call("cuMemFree_v2", pointer)

    def synchronise(self):
        return self.library.cuCtxSynchronize()


class Direction:
    """One of the three calls of a convolution; the arguments are those between the handle and the algorithm."""

    def __init__(self, name, stem, algorithms, first, second, result):
        self.name, self.stem, self.algorithms = name, stem, algorithms
        self.first, self.second, self.result = first, second, result


DIRECTIONS = [Direction("fwd", "Forward", (0, 1, 2), "x", "w", "y"),
              Direction("bwd data", "BackwardData", (0, 1), "w", "y", "x"),
              Direction("bwd filter", "BackwardFilter", (0, 1, 3), "x", "y", "w")]


class Matrix:
    def __init__(self, folder, driver):
        self.driver = driver
        # cuDNN asks for cuBLAS by name, and the wheels of both are folders apart.
        for near in ("../../cu13/lib/libcublasLt.so.13", "../../cublas/lib/libcublasLt.so.12"):
            if os.path.exists(os.path.join(folder, near)):
                ctypes.CDLL(os.path.join(folder, near), mode=ctypes.RTLD_GLOBAL)
        self.library = ctypes.CDLL(os.path.join(folder, "libcudnn.so.9"), mode=ctypes.RTLD_GLOBAL)
        self.library.cudnnGetVersion.restype = ctypes.c_size_t
        print("cuDNN", self.library.cudnnGetVersion())
        self.handle = ctypes.c_void_p()
        status = self.library.cudnnCreate(ctypes.byref(self.handle))
        if status:
            sys.exit(f"cudnn_matrix: cudnnCreate() returned {status}")
        self.failures = 0

    def descriptor(self, kind):
        descriptor = ctypes.c_void_p()
        getattr(self.library, f"cudnnCreate{kind}Descriptor")(ctypes.byref(descriptor))
        return descriptor

    def convolution(self, kind, math, layout, shape):
        """Prints what every algorithm answers for one convolution."""
        batch, height, width, channels, filters, kernel, stride, padding = shape
        out_height, out_width = (height + 2 * padding - kernel) // stride + 1, (width + 2 * padding - kernel) // stride + 1
        descriptors = {"x": self.descriptor("Tensor"), "y": self.descriptor("Tensor"), "w": self.descriptor("Filter")}
        convolution = self.descriptor("Convolution")
        cudnn = self.library
        statuses = [cudnn.cudnnSetTensor4dDescriptor(descriptors["x"], NHWC, kind, batch, channels, height, width),
                    cudnn.cudnnSetTensor4dDescriptor(descriptors["y"], NHWC, kind, batch, filters, out_height, out_width),
                    cudnn.cudnnSetFilter4dDescriptor(descriptors["w"], kind, layout, filters, channels, kernel, kernel),
                    cudnn.cudnnSetConvolution2dDescriptor(convolution, padding, padding, stride, stride, 1, 1, 1, F32),
                    cudnn.cudnnSetConvolutionMathType(convolution, math)]
        name, element = TYPES[kind]
        print(f"{name} {MATHS[math]} filter {LAYOUTS[layout]}  B{batch} {height}x{width} C{channels} D{filters} k{kernel} s{stride} p{padding}")
        if any(statuses):
            print("    descriptors refused", statuses, flush=True)
            return
        sizes = {"x": batch * height * width * channels * element, "y": batch * out_height * out_width * filters * element,
                 "w": filters * channels * kernel * kernel * element}
        tensors = {tensor: self.driver.allocate(size) for tensor, size in sizes.items()}
        answers = [f"{direction.name} {algorithm}: {self.answer(direction, algorithm, descriptors, convolution, tensors, sizes)}"
                   for direction in DIRECTIONS for algorithm in direction.algorithms]
        self.driver.free(*tensors.values())
        print("    " + "; ".join(answers), flush=True)

    def answer(self, direction, algorithm, descriptors, convolution, tensors, sizes):
        first, second, result = direction.first, direction.second, direction.result
        workspace = ctypes.c_size_t()
        status = getattr(self.library, f"cudnnGetConvolution{direction.stem}WorkspaceSize")(
            self.handle, descriptors[first], descriptors[second], convolution, descriptors[result], algorithm, ctypes.byref(workspace))
        if status:
            return f"refused {status}"
        scratch = self.driver.allocate(workspace.value)
        one, zero = ctypes.c_float(1), ctypes.c_float(0)
        bits = []
        for _ in range(3):
            self.driver.fill(tensors[result], sizes[result])
            self.driver.synchronise()
            begin = time.perf_counter()
            status = getattr(self.library, f"cudnnConvolution{direction.stem}")(
                self.handle, ctypes.byref(one), descriptors[first], tensors[first], descriptors[second], tensors[second], convolution, algorithm,
                scratch, workspace, ctypes.byref(zero), descriptors[result], tensors[result])
            status = status or self.driver.synchronise()
            seconds = time.perf_counter() - begin
            if status:
                break
            bits.append(self.driver.read(tensors[result], sizes[result]))
        # The next algorithm reads this tensor.
        self.driver.fill(tensors[result], sizes[result])
        self.driver.free(scratch)
        if status:
            self.failures += 1
            return f"RUN FAILED {status}"
        return f"{seconds * 1e6:.0f} us{'' if bits[1] == bits[2] else ' OTHER BITS'} ws {workspace.value}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="where libcudnn.so.9 is")
    parser.add_argument("libcuda", nargs="?", default="libcuda.so.1", help="the driver (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="the small convolutions alone")
    options = parser.parse_args()
    try:
        matrix = Matrix(options.folder, Driver(options.libcuda))
    except OSError as error:
        sys.exit(f"cudnn_matrix: a library could not be loaded: {error}")
    for (kind, math), shape, layout in itertools.product(((F32, FMA), (BF16, TENSOR)), ODD, (NHWC, NCHW)):
        matrix.convolution(kind, math, layout, shape)
    if not options.quick:
        for (kind, math), shape in itertools.product(((F32, FMA), (F32, DEFAULT), (BF16, TENSOR)), TEACHER):
            matrix.convolution(kind, math, NHWC, shape)
    return 1 if matrix.failures else 0


if __name__ == "__main__":
    sys.exit(main())
