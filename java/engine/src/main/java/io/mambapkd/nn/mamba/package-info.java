/** The Mamba block: norm, projections, convolution and selective scan, each part in one pass over memory where the backend has one for it. */
@NullMarked
package io.mambapkd.nn.mamba;

import org.jspecify.annotations.NullMarked;
