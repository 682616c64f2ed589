package io.mambapkd.bench.peers;

/** A peer's program that could not measure. The message is the reason, without a full stop. */
final class PeerFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    PeerFailure(String reason) {
        super(reason);
    }
}
