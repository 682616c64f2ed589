/** Exit rules of a chain: the predictor of the regret, its certificate, and what a rule comes to. */
@NullMarked
package io.mambapkd.distill.calibration;

import org.jspecify.annotations.NullMarked;
