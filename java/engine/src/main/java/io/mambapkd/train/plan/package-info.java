/**
 * What is known of a run before it starts: whether its settings fit its data, what memory and room it needs, how long it will take.
 *
 * <p>It looks at settings, sizes and the machine, and trains nothing but the few steps that it times.
 */
@NullMarked
package io.mambapkd.train.plan;

import org.jspecify.annotations.NullMarked;
