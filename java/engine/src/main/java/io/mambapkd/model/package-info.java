/** Teacher and students: what they are made of ({@code *Spec}), how they compute, what they cost ({@code Flops}). */
@NullMarked
package io.mambapkd.model;

import org.jspecify.annotations.NullMarked;
