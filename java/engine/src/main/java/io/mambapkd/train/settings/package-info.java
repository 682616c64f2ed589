/**
 * The settings of a run: records, their YAML, the presets that ship, and precisions.
 *
 * <p>Values and their checks only; nothing here touches a backend or data.
 */
@NullMarked
package io.mambapkd.train.settings;

import org.jspecify.annotations.NullMarked;
