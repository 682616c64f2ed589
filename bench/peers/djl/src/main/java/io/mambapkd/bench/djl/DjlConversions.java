package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Conversions between F32 and BF16. DJL 0.35.1 can hold BF16 tensors and compute with them, but knows no name for their type, so a conversion is a TorchScript
 * function of one line, recorded by autograd like any operation. The archive with it is made here.
 */
final class DjlConversions {
    /** PyTorch's numbers of the types. */
    private static final int F32 = 6;

    private static final int BF16 = 15;
    private static final String ROOT = "conversion/";

    private final PtSymbolBlock toBfloat16;
    private final PtSymbolBlock toFloat32;

    /** @param manager closes the functions */
    DjlConversions(NDManager manager) {
        // The interpreter as it is: nothing to fuse.
        JniUtils.setGraphExecutorOptimize(false);
        toBfloat16 = load((PtNDManager) manager, BF16);
        toFloat32 = load((PtNDManager) manager, F32);
    }

    /** A copy in BF16. */
    NDArray toBfloat16(NDArray values) {
        return run(toBfloat16, values);
    }

    /** A copy in F32. */
    NDArray toFloat32(NDArray values) {
        return run(toFloat32, values);
    }

    private static NDArray run(PtSymbolBlock function, NDArray values) {
        return IValueUtils.forward(function, new NDList(values), true).singletonOrThrow();
    }

    private static PtSymbolBlock load(PtNDManager manager, int type) {
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(archive(type)), false, false);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** The TorchScript archive of a module without parameters. */
    private static byte[] archive(int type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            // Pickles: an object with the member training, and an empty tuple.
            put(zip, "data.pkl", "\u0080\2c__torch__\nConversion\n)\u0081}X\10\0\0\0training\u0089sb.");
            put(
                    zip,
                    "code/__torch__.py",
                    "class Conversion(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
                            + "  def forward(self: __torch__.Conversion, x: Tensor) -> Tensor:\n"
                            + "    return torch.to(x, " + type + ")\n");
            put(zip, "constants.pkl", "\u0080\2).");
            put(zip, "version", "3\n");
        }
        return bytes.toByteArray();
    }

    private static void put(ZipOutputStream zip, String name, String content) throws IOException {
        zip.putNextEntry(new ZipEntry(ROOT + name));
        zip.write(content.getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
    }
}
