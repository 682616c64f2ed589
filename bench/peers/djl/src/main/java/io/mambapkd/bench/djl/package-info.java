/** The same training steps in PyTorch, through Deep Java Library: what a Java user would pick instead. */
@NullMarked
package io.mambapkd.bench.djl;

import org.jspecify.annotations.NullMarked;
