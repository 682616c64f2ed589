/**
 * A whole distillation with the times of its stages, {@code mamba-pkd bench job}.
 */
@NullMarked
package io.mambapkd.bench.job;

import org.jspecify.annotations.NullMarked;
