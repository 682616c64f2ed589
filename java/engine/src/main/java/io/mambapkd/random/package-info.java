/** Randomness as pure functions of seed, purpose, epoch and index. There is no random number generator object with a state. */
@NullMarked
package io.mambapkd.random;

import org.jspecify.annotations.NullMarked;
