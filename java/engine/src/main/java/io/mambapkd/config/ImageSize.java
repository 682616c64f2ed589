package io.mambapkd.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The size that images are brought to. Settings write it as {@code 32}, {@code 24x32} (rows, columns), or {@code auto} for the size that they have.
 *
 * @param height in pixels, or 0 for the images' own
 * @param width in pixels, or 0 for the images' own
 */
public record ImageSize(int height, int width) {
    /** The size that the images have. */
    public static final ImageSize AUTO = new ImageSize(0, 0);

    private static final int LARGEST = 4096;
    private static final Pattern WRITTEN = Pattern.compile("([0-9]{1,4})(?:[xX]([0-9]{1,4}))?");

    /** From how settings write it; empty if the text is none of these. */
    static Optional<ImageSize> parse(String text) {
        if (text.equals("auto")) {
            return Optional.of(AUTO);
        }
        Matcher matcher = WRITTEN.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int height = Integer.parseInt(matcher.group(1));
        int width = matcher.group(2) == null ? height : Integer.parseInt(matcher.group(2));
        boolean fits = height >= 1 && height <= LARGEST && width >= 1 && width <= LARGEST;
        return fits ? Optional.of(new ImageSize(height, width)) : Optional.empty();
    }

    /** Whether the images keep the size that they have. */
    public boolean isAuto() {
        return height == 0;
    }

    /** As settings write it. */
    @Override
    public String toString() {
        return isAuto() ? "auto" : height + "x" + width;
    }
}
