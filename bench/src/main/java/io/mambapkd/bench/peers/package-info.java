/**
 * Training steps and losses in turns with PyTorch, {@code mamba-pkd bench peers}.
 */
@NullMarked
package io.mambapkd.bench.peers;

import org.jspecify.annotations.NullMarked;
