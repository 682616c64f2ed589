package io.mambapkd.runtime;

import java.io.Serializable;

/**
 * What a chain says about an image.
 *
 * @param label number of the class, from 0
 * @param className its name
 * @param confidence the probability of that class, from 0 to 1, by the softmax of the logits of the students that were evaluated
 * @param students number of students that were evaluated
 * @param flops that they took, by the count of the engine
 */
public record Answer(int label, String className, double confidence, int students, long flops)
        implements Serializable {}
