package io.mambapkd.validate.golden;

/** Runs the operation of a case and puts every output and gradient under the reference's name and in its layout. */
@FunctionalInterface
interface GoldenRunner {
    void run(GoldenTensors tensors, GoldenCase golden);
}
