package io.mambapkd.runtime.exit;

import java.io.Serializable;

/**
 * A promise on a rule, by Learn then Test (Angelopoulos and others, arXiv 2110.01052): with the given confidence over the draw of the calibration images, the share of images that
 * the stopped chain gets wrong and the whole chain gets right is at most {@code maximumAccuracyDrop / 100}. The accuracy is then at most that many points below the whole chain's.
 *
 * @param maximumAccuracyDrop in points of accuracy: 0.2 means 99.0 % in place of 99.2 %
 * @param confidence from 0 to 1
 * @param rule that it holds for
 * @param images that certified it
 */
public record Certificate(double maximumAccuracyDrop, double confidence, ExitRule rule, int images)
        implements Serializable {}
