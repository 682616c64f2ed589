package io.mambapkd.runtime.compute;

/** Rows that loops overwrite. */
final class Work {
    final float[] a;
    final float[] b;
    final float[] c;

    Work(int width) {
        a = new float[width];
        b = new float[width];
        c = new float[width];
    }
}
