package io.mambapkd.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a file is that is not a safetensors file, told by its first bytes.
 *
 * @param what its format, for a message
 * @param remedy what to do with it
 */
record OtherFormat(String what, String remedy) {
    /** What is looked at of a file. */
    private static final int HEAD = 512;

    private static final String SAVE = "save the model's state_dict with safetensors.torch.save_file";
    private static final String CONVERT =
            "save its tensors as safetensors, under the names of this program's checkpoints";
    private static final String DOWNLOAD = "get the file itself from where this one came from";

    /** How the files of a format begin, a character for each byte. */
    private record Signature(String start, OtherFormat format) {
        static Signature of(String start, String what, String remedy) {
            return new Signature(start, new OtherFormat(what, remedy));
        }
    }

    private static final List<Signature> SIGNATURES = List.of(
            Signature.of("GGUF", "a GGUF file, as llama.cpp reads it", CONVERT),
            Signature.of("\u0089HDF\r\n\u001a\n", "an HDF5 file, as Keras saves it", CONVERT),
            Signature.of("\u0093NUMPY", "a NumPy array", CONVERT),
            Signature.of("\u001f\u008b", "a gzip file", "unpack it first"),
            Signature.of("(\u00b5/\u00fd", "a zstd file", "unpack it first"),
            Signature.of("\u00fd7zXZ", "an xz file", "unpack it first"),
            Signature.of(
                    "version https://git-lfs.github.com/spec",
                    "a pointer of Git LFS",
                    "fetch the file itself with" + " git lfs pull"),
            Signature.of("\u0080\u0002", "a Python pickle, as PyTorch's torch.save writes it", SAVE),
            Signature.of("\u0080\u0003", "a Python pickle", SAVE),
            Signature.of("\u0080\u0004", "a Python pickle", SAVE),
            Signature.of("\u0080\u0005", "a Python pickle", SAVE));

    /** The format of a file, or nothing where it starts as a safetensors file does, or as nothing known. */
    static Optional<OtherFormat> of(byte[] file) {
        byte[] head = Arrays.copyOf(file, Math.min(file.length, HEAD));
        if (head.length > Long.BYTES && head[Long.BYTES] == '{' && head[Long.BYTES - 1] == 0) {
            // The length of the header, and the header.
            return Optional.empty();
        }
        String text = new String(head, StandardCharsets.ISO_8859_1);
        for (Signature signature : SIGNATURES) {
            if (text.startsWith(signature.start())) {
                return Optional.of(signature.format());
            }
        }
        if (text.startsWith("PK\u0003\u0004")) {
            return Optional.of(zip(text));
        }
        if (text.startsWith("TFL3", Integer.BYTES)) {
            return Optional.of(new OtherFormat("a TensorFlow Lite file", CONVERT));
        }
        if (isOnnx(head)) {
            return Optional.of(new OtherFormat("an ONNX file", CONVERT));
        }
        return words(text.replaceFirst("^\u00ef\u00bb\u00bf", "").stripLeading().toLowerCase(Locale.ROOT));
    }

    private static OtherFormat zip(String text) {
        if (text.contains(".npy")) {
            return new OtherFormat("a NumPy archive (.npz)", CONVERT);
        }
        return text.contains("data.pkl") || text.contains("/byteorder") || text.contains(".format_version")
                ? new OtherFormat("a PyTorch file, as torch.save writes it", SAVE)
                : new OtherFormat(
                        "a zip archive", "unpack it if it holds a safetensors file; if torch.save wrote it, " + SAVE);
    }

    /** A protobuf whose first field is the version of its format, and whose second or seventh field is text or the graph. */
    private static boolean isOnnx(byte[] head) {
        return head.length > 3
                && head[0] == 0x08
                && head[1] > 0
                && head[1] < 0x20
                && (head[2] == 0x12 || head[2] == 0x3a)
                && head[3] > 0;
    }

    private static Optional<OtherFormat> words(String text) {
        if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head")) {
            return Optional.of(new OtherFormat("a page of HTML, as a download that needs a login gives", DOWNLOAD));
        }
        if (text.startsWith("<?xml") || text.startsWith("<error")) {
            return Optional.of(new OtherFormat("a page of XML, as a download that failed gives", DOWNLOAD));
        }
        if (text.startsWith("{\"") || text.startsWith("{ \"")) {
            return Optional.of(new OtherFormat("a JSON text without tensors", DOWNLOAD));
        }
        return Optional.empty();
    }
}
