/**
 * What saves cost a training, {@code mamba-pkd bench saves}.
 */
@NullMarked
package io.mambapkd.bench.saves;

import org.jspecify.annotations.NullMarked;
