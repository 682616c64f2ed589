package io.mambapkd.bench.kernels;

/** The tensors of an operation are larger than the memory that is free. */
final class NoRoomException extends Exception {
    private static final long serialVersionUID = 1;
    private static final long MEBIBYTE = 1 << 20;

    NoRoomException(long bytes, long room) {
        super("needs " + mebibytes(bytes) + " MiB but " + mebibytes(room) + " MiB are free");
    }

    private static long mebibytes(long bytes) {
        return (bytes + MEBIBYTE - 1) / MEBIBYTE;
    }
}
