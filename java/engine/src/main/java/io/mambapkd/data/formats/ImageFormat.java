package io.mambapkd.data.formats;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The formats of images that are read. What a file is, its first bytes decide. */
public enum ImageFormat {
    PNG,
    JPEG,
    GIF,
    BMP;

    /** Side of the largest image. */
    public static final int LONGEST_SIDE = 16_384;

    /** Pixels of the largest image. */
    public static final int MOST_PIXELS = 64_000_000;

    /** Starts of other files, as ISO 8859-1. */
    private static final Map<String, String> OTHERS = Map.ofEntries(
            Map.entry("RIFF", "a WebP file or another RIFF file"),
            Map.entry("II*\0", "a TIFF file"),
            Map.entry("MM\0*", "a TIFF file"),
            Map.entry("\0\0\0\fjP", "a JPEG 2000 file"),
            Map.entry("\u00ff\n", "a JPEG XL file"),
            Map.entry("8BPS", "a Photoshop file"),
            Map.entry("%PDF", "a PDF file"),
            Map.entry("PK\u0003\u0004", "a zip archive"),
            Map.entry("\u001f\u008b", "a gzip file"),
            Map.entry("\u0000\u0000\u0001\u0000", "an icon file"),
            Map.entry(
                    "version https://git-lfs", "a pointer of Git LFS in place of the image, which git lfs pull brings"),
            Map.entry("<svg", "an SVG file"),
            Map.entry("<?xml", "an XML file"),
            Map.entry("<!doctype html", "an HTML page"),
            Map.entry("<html", "an HTML page"));

    private static final Map<String, ImageFormat> EXTENSIONS = Map.of(
            "png", PNG, "jpg", JPEG, "jpeg", JPEG, "jpe", JPEG, "jfif", JPEG, "gif", GIF, "bmp", BMP, "dib", BMP);

    /** The format that a name ends with; null for none of these. */
    public static @Nullable ImageFormat ofName(String name) {
        return EXTENSIONS.get(extension(name));
    }

    /** What follows the last dot of a name, in small letters; empty for none. */
    public static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** The format by the first bytes; null for none of these. */
    static @Nullable ImageFormat ofContent(byte[] bytes, int length) {
        if (starts(bytes, length, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
            return PNG;
        }
        if (starts(bytes, length, 0xff, 0xd8, 0xff)) {
            return JPEG;
        }
        if (starts(bytes, length, 'G', 'I', 'F', '8', '7', 'a')
                || starts(bytes, length, 'G', 'I', 'F', '8', '9', 'a')) {
            return GIF;
        }
        return starts(bytes, length, 'B', 'M') ? BMP : null;
    }

    /** What a file is that is none of these. */
    static String other(byte[] bytes, int length) {
        if (length == 0) {
            return "an empty file";
        }
        String start = new String(bytes, 0, Math.min(length, 64), StandardCharsets.ISO_8859_1);
        String text = start.stripLeading().toLowerCase(Locale.ROOT);
        for (Map.Entry<String, String> other : OTHERS.entrySet()) {
            if (start.startsWith(other.getKey()) || text.startsWith(other.getKey())) {
                return other.getValue();
            }
        }
        if (start.startsWith("ftyp", 4)) {
            return "a HEIC, AVIF or video file";
        }
        return "no PNG, JPEG, GIF or BMP file";
    }

    private static boolean starts(byte[] bytes, int length, int... magic) {
        if (length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
