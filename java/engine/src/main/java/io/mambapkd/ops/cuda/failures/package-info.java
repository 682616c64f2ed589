/**
 * How calls of CUDA fail, for those who open and use the backend: the machine cannot do it ({@code UnusableDeviceException}), or no longer
 * ({@code DeviceLostException}), or the call should never have been made ({@code CudaCallError}).
 *
 * <p>{@code driver} and {@code libraries} say which status is which; no call of CUDA comes in.
 */
@NullMarked
package io.mambapkd.ops.cuda.failures;

import org.jspecify.annotations.NullMarked;
