/**
 * cuBLAS and cuDNN on the stream of the device: handles, products, convolutions and the algorithms chosen for them.
 */
@NullMarked
package io.mambapkd.ops.cuda.libraries;

import org.jspecify.annotations.NullMarked;
