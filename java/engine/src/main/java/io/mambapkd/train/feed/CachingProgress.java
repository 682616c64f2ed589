package io.mambapkd.train.feed;

import io.mambapkd.train.RunListener;

/** Tells the listener how far the caching of copies is. */
final class CachingProgress {
    private final RunListener listener;
    private final int copies;
    private final int samples;
    private final long start = System.nanoTime();
    private int done;

    CachingProgress(RunListener listener, int copies, int samples) {
        this.listener = listener;
        this.copies = copies;
        this.samples = samples;
    }

    /** @throws io.mambapkd.train.RunStopped if the user has asked to stop */
    void stopIfAsked() {
        listener.stopIfAsked("caching copies of the images");
    }

    void copyDone() {
        done++;
        double seconds = Math.max(1e-9, (System.nanoTime() - start) / 1e9);
        listener.progress("caching", done, copies, Double.NaN, Double.NaN, (double) done * samples / seconds);
    }
}
