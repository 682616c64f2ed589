package io.mambapkd.bench.peers;

/** A task in this project, timed in blocks. */
interface OurTask {
    /** Microseconds of a step in a block of steps. */
    double block();
}
