/**
 * The operations of the engine, one small interface a family: shapes, maths, write mode, errors. {@code ops.cpu} is the
 * specification; other backends are held against it.
 *
 * <p>Conventions. {@code B} batch, {@code L} sequence length, {@code D} inner channels, {@code N} state size, {@code R} dt
 * rank, {@code W} conv width, {@code M} model width, {@code K} classes, {@code H,W,C} image. Sequences are {@code (B, L, D)},
 * images {@code (B, H, W, C)}: channels last. Outputs and activation gradients are overwritten; gradients of parameters are
 * <b>added</b>, so that a parameter may be used twice. Nothing may alias unless it says so. Operations neither allocate nor
 * synchronise nor return values to the host. Tensors are dense unless "column view allowed" is said. A tensor that does not
 * fit is an {@link java.lang.IllegalArgumentException} that names the operation, the tensor, the expected and the actual shape.
 *
 * <p>Contracts and the values that they take; checks of arguments are in the room {@code checks}, implementations in {@code cpu} and {@code cuda}.
 */
@NullMarked
package io.mambapkd.ops;

import org.jspecify.annotations.NullMarked;
