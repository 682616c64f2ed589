package io.mambapkd.image;

/**
 * From an output pixel (x, y) to where in the source its value comes from: {@code (xx x + xy y + x0, yx x + yy y + y0)}, in pixels, the
 * origin in the centre of the first pixel.
 */
public record AffineMap(float xx, float xy, float x0, float yx, float yy, float y0) {}
