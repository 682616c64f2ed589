/**
 * Training steps on the CPU beside a peer in the same process, {@code mamba-pkd bench cpu-step}.
 */
@NullMarked
package io.mambapkd.bench.cpu;

import org.jspecify.annotations.NullMarked;
