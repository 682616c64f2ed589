package io.mambapkd.bench.kernels;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.SeparateConvProjection;
import io.mambapkd.validate.SeparateMixing;
import io.mambapkd.validate.SeparateProjections;

/** The parts of a Mamba block, each as one operation; on a backend without it the operations that are its specification. Sequences are too short for saved states. */
final class FusedKernels {
    private FusedKernels() {}

    private static BlockOps.NormProjection normPart(KernelTensors t, Backend backend, Tensor activations) {
        return BlockExtents.of(t.shape())
                .normProjection(backend, activations.dtype())
                .orElseGet(() -> new SeparateProjections(backend, t::zeros).norm());
    }

    static Runnable normProjection(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.floats(-2, 2, e.length(), e.width());
        Tensor scale = t.weights(-1, 1, e.width());
        Tensor weight = t.weights(-1, 1, e.outputs(), e.width());
        Tensor y = t.writtenActivations(e.width(), e.length(), e.outputs());
        BlockOps.NormProjection part = normPart(t, backend, y);
        return () -> part.forward(x, scale, SequenceKernels.EPSILON, weight, null, y);
    }

    static Runnable normProjectionGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.floats(-2, 2, e.length(), e.width());
        Tensor scale = t.weights(-1, 1, e.width());
        Tensor weight = t.weights(-1, 1, e.outputs(), e.width());
        Tensor dy = t.activations(-1, 1, e.length(), e.outputs());
        Tensor residual = t.floats(-1, 1, e.length(), e.width());
        Tensor dx = t.written((long) e.outputs() + e.width(), e.length(), e.width());
        Tensor dScale = t.updatedWeights(SequenceKernels.rows(t) * e.outputs(), -1, 1, e.width());
        Tensor dWeight = t.updatedWeights(SequenceKernels.rows(t), -1, 1, e.outputs(), e.width());
        BlockOps.NormProjectionInputs in = new BlockOps.NormProjectionInputs(x, scale, SequenceKernels.EPSILON, weight);
        BlockOps.NormProjection part = normPart(t, backend, dy);
        return () -> part.backward(in, dy, residual, dx, dScale, dWeight, null);
    }

    private static BlockOps.ConvProjection convPart(KernelTensors t, Backend backend, Tensor activations) {
        return BlockExtents.of(t.shape())
                .convProjection(backend, activations.dtype())
                .orElseGet(() -> new SeparateConvProjection(backend));
    }

    private static BlockOps.ConvProjectionInputs convInputs(KernelTensors t, BlockExtents e) {
        return new BlockOps.ConvProjectionInputs(
                t.activations(-2, 2, e.length(), e.channels()),
                t.weights(-1, 1, e.channels(), SequenceKernels.TAPS),
                t.weights(-1, 1, e.channels()),
                t.weights(-1, 1, e.columns(), e.channels()));
    }

    static Runnable convProjection(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        BlockOps.ConvProjectionInputs in = convInputs(t, e);
        Tensor u = t.writtenActivations(SequenceKernels.TAPS, e.length(), e.channels());
        Tensor projected = t.written((long) e.channels() * SequenceKernels.TAPS, e.length(), e.columns());
        BlockOps.ConvProjection part = convPart(t, backend, u);
        return () -> part.forward(in.x(), in.taps(), in.bias(), in.weight(), u, projected);
    }

    static Runnable convProjectionGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        long terms = SequenceKernels.rows(t) * e.columns();
        BlockOps.ConvProjectionInputs in = convInputs(t, e);
        Tensor du = t.activations(-1, 1, e.length(), e.channels());
        Tensor dProjected = t.floats(-1, 1, e.length(), e.columns());
        Tensor dx = t.writtenActivations((long) SequenceKernels.TAPS * e.columns(), e.length(), e.channels());
        BlockOps.ConvProjectionGradients out = new BlockOps.ConvProjectionGradients(
                t.updatedWeights(terms, -1, 1, e.channels(), SequenceKernels.TAPS),
                t.updatedWeights(terms, -1, 1, e.channels()),
                t.updatedWeights(SequenceKernels.rows(t) * SequenceKernels.TAPS, -1, 1, e.columns(), e.channels()));
        BlockOps.ConvProjection part = convPart(t, backend, dx);
        return () -> part.backward(in, du, dProjected, dx, out);
    }

    private static BlockOps.Mixing mixingPart(KernelTensors t, Backend backend, Tensor activations) {
        return BlockExtents.of(t.shape())
                .mixing(backend, activations.dtype())
                .orElseGet(() -> new SeparateMixing(backend, t::zeros));
    }

    private static BlockOps.MixingInputs mixingInputs(KernelTensors t, BlockExtents e) {
        return new BlockOps.MixingInputs(
                t.activations(-1, 1, e.length(), e.channels()),
                t.floats(-1, 1, e.length(), e.columns()),
                t.weights(-1, 1, e.channels(), e.rank()),
                t.weights(-5, 0.5, e.channels()),
                t.weights(-2, 1.4, e.channels(), e.states()),
                t.weights(-1, 1, e.channels()),
                t.activations(-3, 3, e.length(), e.channels()));
    }

    static Runnable mixing(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        BlockOps.MixingInputs in = mixingInputs(t, e);
        Tensor y = t.writtenActivations((long) e.length() * (e.states() + e.rank()), e.length(), e.channels());
        BlockOps.Mixing part = mixingPart(t, backend, y);
        return () -> part.forward(Direction.FORWARD, in, y, null);
    }

    static Runnable mixingGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        long rows = SequenceKernels.rows(t);
        long terms = (long) e.length() * (e.states() + e.rank());
        long ofBatch = t.extent('B') * terms;
        BlockOps.MixingInputs in = mixingInputs(t, e);
        Tensor dy = t.activations(-1, 1, e.length(), e.channels());
        BlockOps.MixingGradients out = new BlockOps.MixingGradients(
                t.writtenActivations(terms, e.length(), e.channels()),
                t.written(terms * e.channels(), e.length(), e.columns()),
                t.updatedWeights(ofBatch, -1, 1, e.channels(), e.rank()),
                t.updatedWeights(ofBatch, -1, 1, e.channels()),
                t.updatedWeights(rows * e.length(), -1, 1, e.channels(), e.states()),
                t.updatedWeights(rows, -1, 1, e.channels()),
                t.writtenActivations(terms, e.length(), e.channels()));
        BlockOps.Mixing part = mixingPart(t, backend, dy);
        return () -> part.backward(Direction.FORWARD, in, dy, null, out);
    }

    private static BlockOps.Projection part(KernelTensors t, Backend backend, Tensor activations) {
        return BlockExtents.of(t.shape())
                .projection(backend, activations.dtype())
                .orElseGet(() -> new SeparateProjections(backend, t::zeros).plain());
    }

    static Runnable projection(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.activations(-1, 1, e.length(), e.channels());
        Tensor weight = t.weights(-1, 1, e.width(), e.channels());
        Tensor residual = t.floats(-1, 1, e.length(), e.width());
        Tensor y = t.written(e.channels(), e.length(), e.width());
        BlockOps.Projection part = part(t, backend, x);
        return () -> part.forward(x, weight, null, residual, y);
    }

    static Runnable projectionGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.activations(-1, 1, e.length(), e.channels());
        Tensor weight = t.weights(-1, 1, e.width(), e.channels());
        Tensor dy = t.floats(-1, 1, e.length(), e.width());
        Tensor dx = t.writtenActivations(e.width(), e.length(), e.channels());
        Tensor dWeight = t.updatedWeights(SequenceKernels.rows(t), -1, 1, e.width(), e.channels());
        BlockOps.Projection part = part(t, backend, x);
        return () -> part.backward(x, weight, dy, dx, dWeight, null);
    }
}
