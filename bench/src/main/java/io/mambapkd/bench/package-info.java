/** Measurements that are run on demand: our training step beside what a user would pick instead. */
@NullMarked
package io.mambapkd.bench;

import org.jspecify.annotations.NullMarked;
