/** {@code mamba-pkd calibrate}. */
@NullMarked
package io.mambapkd.cli.calibration;

import org.jspecify.annotations.NullMarked;
