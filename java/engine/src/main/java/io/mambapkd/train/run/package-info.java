/**
 * Whole runs, stage by stage: teacher, students, controls, evaluation, and the files that they leave.
 *
 * <p>Stages and their order only; what a step does is in {@code step}.
 */
@NullMarked
package io.mambapkd.train.run;

import org.jspecify.annotations.NullMarked;
