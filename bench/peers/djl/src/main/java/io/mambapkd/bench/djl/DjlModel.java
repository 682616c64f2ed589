package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;

/** A forward pass in eager PyTorch, recorded for its autograd. */
interface DjlModel {
    /**
     * @param images (B, H, W, C) for a student, (B, C, H, W) for a teacher
     * @param weights this step's views of the parameters
     * @return logits (B, K), F32
     */
    NDArray logits(NDArray images, DjlParameters.Views weights);
}
