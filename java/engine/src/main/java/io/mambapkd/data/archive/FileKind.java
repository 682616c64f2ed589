package io.mambapkd.data.archive;

import io.mambapkd.PlainText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a file is that should be an IDX file and is not, told by its first bytes.
 *
 * @param what for messages: {@code a zip archive}
 * @param remedy what to do about it
 */
public record FileKind(String what, String remedy) {
    /** How many first bytes decide: the mark of a tar archive is at 257. */
    public static final int HEAD_BYTES = 1024;

    private static final String GZIP = "a file packed with gzip more than twice";
    private static final String UNPACK = "unpack it";
    private static final String CONVERT = "convert it to IDX files";
    private static final String PICTURE = "pack the pictures into IDX files, all of one size";
    private static final String AGAIN = "get the file again";

    private static final FileKind SAVED_AS_TEXT = new FileKind(
            "a binary file that was saved as text, with a byte order mark in front, as PowerShell's > does",
            "get the file again, without writing it through a text editor or a redirection");

    private static final int CIFAR_IMAGE_BYTES = 1 + 3 * 32 * 32;

    /**
     * @param at offset
     * @param bytes one character a byte
     */
    private record Mark(int at, String bytes, FileKind kind) {
        static Mark text(String bytes, String what, String remedy) {
            return new Mark(0, bytes, new FileKind(what, remedy));
        }

        static Mark hex(String bytes, String what, String remedy) {
            return text(new String(HexFormat.of().parseHex(bytes), StandardCharsets.ISO_8859_1), what, remedy);
        }

        boolean isIn(String head) {
            return head.startsWith(bytes, at);
        }
    }

    private static final List<Mark> MARKS = List.of(
            Mark.text("PK\003\004", "a zip archive", UNPACK),
            Mark.text("PK\005\006", "an empty zip archive", AGAIN),
            Mark.text("BZh", "a bzip2 file", "unpack it, as with bzip2 -dc FILE > NEW"),
            Mark.hex("fd377a585a00", "an xz file", "unpack it, as with xz -dc FILE > NEW"),
            Mark.hex("28b52ffd", "a zstd file", "unpack it, as with zstd -dc FILE > NEW"),
            Mark.hex("377abcaf271c", "a 7z archive", UNPACK),
            Mark.text("Rar!\032\007", "a rar archive", UNPACK),
            Mark.hex("04224d18", "an lz4 file", "unpack it, as with lz4 -dc FILE > NEW"),
            Mark.hex("1f9d", "a file of compress", "unpack it with uncompress"),
            Mark.hex("1f8b", GZIP, "unpack it, as with gzip -dc FILE > NEW"),
            Mark.hex("5d00008000", "an lzma file", "unpack it, as with lzma -dc FILE > NEW"),
            Mark.hex("789c", "a zlib stream, without the header of gzip", "pack it with gzip, or unpack it"),
            Mark.text("LZIP", "an lzip file", "unpack it with lzip -d"),
            new Mark(257, "ustar", new FileKind("a tar archive", UNPACK)),
            Mark.hex("89504e470d0a1a0a", "a PNG picture", PICTURE),
            Mark.hex("ffd8ff", "a JPEG picture", PICTURE),
            Mark.text("GIF8", "a GIF picture", PICTURE),
            Mark.hex("49492a00", "a TIFF picture", PICTURE),
            Mark.hex("4d4d002a", "a TIFF picture", PICTURE),
            Mark.hex(
                    "00051607",
                    "the notes of macOS about a file (AppleDouble)",
                    "take the file whose name has no ._ in front"),
            Mark.text("RIFF", "a RIFF file, such as a WebP picture or a sound", PICTURE),
            Mark.text("%PDF", "a PDF document", "get the data set itself"),
            Mark.hex("934e554d5059", "a file of one NumPy array (npy)", CONVERT),
            Mark.hex("89484446", "an HDF5 file", CONVERT),
            Mark.text("MATLAB 5.0 MAT-file", "a MATLAB file (mat)", CONVERT),
            Mark.text("PAR1", "a Parquet file", CONVERT),
            Mark.text("ARROW1", "an Arrow file", CONVERT),
            Mark.text("SQLite format 3", "an SQLite database", CONVERT));

    private static final String NUMPY_ARRAYS = "an archive of NumPy arrays (npz)";

    /** Of a file on the disk; null where nothing is known about it, or it cannot be read. */
    public static @Nullable FileKind of(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return of(in.readNBytes(HEAD_BYTES), Files.size(file));
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * @param head the first {@link #HEAD_BYTES}, or all where there are fewer
     * @param size of the whole file, or a bound
     * @return null where nothing is known about such a file
     */
    public static @Nullable FileKind of(byte[] head, long size) {
        if (head.length >= 4 && allZero(head)) {
            return new FileKind(
                    "one that starts with " + head.length + " zero bytes",
                    "its download or copy was not finished: get the file again");
        }
        String characters = new String(head, StandardCharsets.ISO_8859_1);
        for (Mark mark : MARKS) {
            if (mark.isIn(characters)) {
                return mark.kind().what().equals("a zip archive") ? archive(characters, mark.kind()) : mark.kind();
            }
        }
        if (head.length > 2 && (head[0] & 0xff) == 0x80 && head[1] >= 2 && head[1] <= 5) {
            return new FileKind("a Python pickle", CONVERT);
        }
        FileKind text = text(head);
        if (text == null
                && size > 0
                && size % CIFAR_IMAGE_BYTES == 0
                && head.length > 0
                && head[0] >= 0
                && head[0] <= 9) {
            return new FileKind("what may be CIFAR-10's binary format", "read it with --dataset cifar10:DIR");
        }
        return text;
    }

    /** Only met where a gzip file has been unpacked. */
    public boolean isGzip() {
        return what.equals(GZIP);
    }

    private static FileKind archive(String names, FileKind zip) {
        if (names.contains("/data.pkl")) {
            return new FileKind("a PyTorch file", CONVERT);
        }
        return names.contains(".npy") ? new FileKind(NUMPY_ARRAYS, CONVERT) : zip;
    }

    private static boolean allZero(byte[] head) {
        for (byte value : head) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable FileKind text(byte[] head) {
        boolean littleEndian = starts(head, 0xff, 0xfe);
        if (littleEndian || starts(head, 0xfe, 0xff)) {
            Charset charset = littleEndian ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_16BE;
            FileKind kind = ofText(new String(head, 2, head.length - 2, charset));
            return kind == null ? SAVED_AS_TEXT : new FileKind(kind.what() + ", written in UTF-16", kind.remedy());
        }
        int from = starts(head, 0xef, 0xbb, 0xbf) ? 3 : 0;
        FileKind kind = ofText(new String(head, from, head.length - from, StandardCharsets.UTF_8));
        return kind == null && from > 0 ? SAVED_AS_TEXT : kind;
    }

    private static boolean starts(byte[] head, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (head.length <= i || (head[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable FileKind ofText(String text) {
        String start = text.strip().toLowerCase(Locale.ROOT);
        if (start.isEmpty()) {
            return text.isEmpty() ? null : new FileKind("a text file of nothing but blanks", AGAIN);
        }
        if (start.startsWith("version https://git-lfs")) {
            return new FileKind("a Git LFS pointer", "fetch the file itself with git lfs pull");
        }
        if (start.startsWith("/annex/objects/") || start.contains(".git/annex/objects/")) {
            return new FileKind("a git-annex pointer", "fetch the file itself with git annex get");
        }
        if (start.startsWith("<!doctype html") || start.contains("<html")) {
            return new FileKind(
                    "an HTML page",
                    "a server sent a page in place of the file: get the file again, from its own address");
        }
        if (start.startsWith("<?xml") || start.startsWith("<error")) {
            return new FileKind(
                    "an XML document", "a server may have sent a message in place of the file: get the file again");
        }
        if (!isReadable(text)) {
            return null;
        }
        if (start.startsWith("{") || start.startsWith("[")) {
            return new FileKind(
                    "a JSON document", "a server may have sent a message in place of the file: get the file again");
        }
        if (start.matches("(?s)p[1-6]\\s.*")) {
            return new FileKind("a PNM picture", PICTURE);
        }
        String line = text.strip().lines().findFirst().orElse("");
        String shown = line.length() > 40 ? line.substring(0, 40) + "..." : line;
        return new FileKind(
                "a text file that starts with '" + PlainText.of(shown) + "'",
                "IDX files are binary: " + AGAIN + ", or " + CONVERT);
    }

    /** Whether it is text to the eye: no control characters, and nothing that is not UTF-8 but perhaps a letter that the head cuts. */
    private static boolean isReadable(String text) {
        String whole = text.endsWith("\ufffd") ? text.substring(0, text.length() - 1) : text;
        return whole.codePoints().allMatch(c -> c >= ' ' && c != 0x7f && c != 0xfffd || Character.isWhitespace(c));
    }
}
