package io.mambapkd.bench.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/**
 * The operations that the parts of a Mamba block stand for, as its layers launch them where a backend has no part: factors of products are of the type of activations, and the
 * backward pass reads what the forward pass kept. Bytes are those of each operation, so that what lies between two of them counts when it is written and when it is read.
 */
final class SeparateKernels {
    private SeparateKernels() {}

    private static Runnable product(Backend backend, Tensor x, Tensor weight, Tensor y) {
        return () -> backend.gemm().multiply(x, Transpose.NO, weight, Transpose.YES, Write.OVERWRITE, y);
    }

    private static Runnable weightGradient(Backend backend, Tensor dy, Tensor x, Tensor dWeight) {
        return () -> backend.gemm().multiply(dy, Transpose.YES, x, Transpose.NO, Write.ADD, dWeight);
    }

    private static Runnable inputGradient(Backend backend, Tensor dy, Tensor weight, Write write, Tensor dx) {
        return () -> backend.gemm().multiply(dy, Transpose.NO, weight, Transpose.NO, write, dx);
    }

    private static Runnable inOrder(Runnable... launches) {
        return () -> {
            for (Runnable launch : launches) {
                launch.run();
            }
        };
    }

    static Runnable normProjection(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.floats(-2, 2, e.length(), e.width());
        Tensor scale = t.weights(-1, 1, e.width());
        Tensor weight = t.narrowWeights(-1, 1, e.outputs(), e.width());
        Tensor normalised = t.moved(2, t.scratchActivations(e.length(), e.width()));
        Tensor y = t.writtenActivations(e.width(), e.length(), e.outputs());
        t.ofRounded();
        t.ofLibrary();
        return inOrder(
                () -> backend.norm().rmsNorm(x, scale, SequenceKernels.EPSILON, normalised),
                product(backend, normalised, weight, y));
    }

    static Runnable normProjectionGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.floats(-2, 2, e.length(), e.width());
        Tensor scale = t.weights(-1, 1, e.width());
        Tensor weight = t.narrowWeights(-1, 1, e.outputs(), e.width());
        Tensor normalised = t.activations(-2, 2, e.length(), e.width());
        Tensor dy = t.moved(1, t.activations(-1, 1, e.length(), e.outputs()));
        Tensor residual = t.floats(-1, 1, e.length(), e.width());
        Tensor gradient = t.moved(2, t.scratchActivations(e.length(), e.width()));
        Tensor dx = t.written((long) e.outputs() + e.width(), e.length(), e.width());
        t.ofRounded();
        t.ofLibrary();
        Tensor dScale = t.updatedSums(SequenceKernels.rows(t) * e.outputs(), e.width());
        Tensor dWeight = t.updatedWeights(SequenceKernels.rows(t), -1, 1, e.outputs(), e.width());
        return inOrder(
                weightGradient(backend, dy, normalised, dWeight),
                inputGradient(backend, dy, weight, Write.OVERWRITE, gradient),
                () -> backend.norm()
                        .rmsNormGradient(x, scale, SequenceKernels.EPSILON, gradient, residual, dx, dScale));
    }

    static Runnable convProjection(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.activations(-2, 2, e.length(), e.channels());
        Tensor taps = t.weights(-1, 1, e.channels(), SequenceKernels.TAPS);
        Tensor bias = t.weights(-1, 1, e.channels());
        Tensor weight = t.narrowWeights(-1, 1, e.columns(), e.channels());
        Tensor u = t.moved(1, t.writtenActivations(SequenceKernels.TAPS, e.length(), e.channels()));
        Tensor projected = t.written((long) e.channels() * SequenceKernels.TAPS, e.length(), e.columns());
        t.ofRounded();
        t.ofLibrary();
        return inOrder(
                () -> backend.conv1d().forward(Activation.SILU, x, taps, bias, u),
                product(backend, u, weight, projected));
    }

    /** The gradient of u is added to where it lies. */
    static Runnable convProjectionGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        long terms = SequenceKernels.rows(t) * e.columns();
        Tensor x = t.activations(-2, 2, e.length(), e.channels());
        Tensor taps = t.weights(-1, 1, e.channels(), SequenceKernels.TAPS);
        Tensor bias = t.weights(-1, 1, e.channels());
        Tensor weight = t.narrowWeights(-1, 1, e.columns(), e.channels());
        Tensor u = t.activations(-2, 2, e.length(), e.channels());
        Tensor du = t.moved(2, t.activations(-1, 1, e.length(), e.channels()));
        Factor dProjected = factor(t, backend, e.columns());
        Tensor dx = t.writtenActivations((long) SequenceKernels.TAPS * e.columns(), e.length(), e.channels());
        t.ofRounded();
        t.ofLibrary();
        Tensor dTaps = t.updatedSums(terms, e.channels(), SequenceKernels.TAPS);
        Tensor dBias = t.updatedSums(terms, e.channels());
        Tensor dWeight = t.updatedSums(SequenceKernels.rows(t), e.columns(), e.channels());
        return inOrder(
                dProjected.made(),
                weightGradient(backend, dProjected.tensor(), u, dWeight),
                inputGradient(backend, dProjected.tensor(), weight, Write.ADD, du),
                () -> backend.conv1d().backward(Activation.SILU, x, taps, bias, du, dx, dTaps, dBias));
    }

    private static ScanOps.Inputs scanned(KernelTensors t, BlockExtents e, Tensor projected, Tensor delta, Tensor a) {
        return new ScanOps.Inputs(
                t.activations(-1, 1, e.length(), e.channels()),
                delta,
                a,
                projected.columns(e.rank(), e.states()),
                projected.columns(e.rank() + e.states(), e.states()),
                t.weights(-1, 1, e.channels()),
                t.activations(-3, 3, e.length(), e.channels()),
                t.weights(-5, 0.5, e.channels()));
    }

    static Runnable mixing(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor projected = t.floats(-1, 1, e.length(), e.columns());
        Tensor dtWeight = t.weights(-1, 1, e.channels(), e.rank());
        Tensor aLog = t.weights(-2, 1.4, e.channels(), e.states());
        Tensor delta = t.moved(2, t.scratch(e.length(), e.channels()));
        Tensor a = t.moved(2, t.scratchWhole(e.channels(), e.states()));
        ScanOps.Inputs in = scanned(t, e, projected, delta, a);
        Tensor y = t.writtenActivations((long) e.length() * (e.states() + e.rank()), e.length(), e.channels());
        t.ofLibrary();
        return inOrder(
                product(backend, projected.columns(0, e.rank()), dtWeight, delta),
                () -> backend.scan().decay(aLog, a),
                () -> backend.scan().forward(ScanOps.Options.MAMBA, in, y, null));
    }

    static Runnable mixingGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        long rows = SequenceKernels.rows(t);
        long terms = (long) e.length() * (e.states() + e.rank());
        long ofBatch = t.extent('B') * terms;
        Tensor projected = t.floats(-1, 1, e.length(), e.columns());
        Tensor dtWeight = t.weights(-1, 1, e.channels(), e.rank());
        Tensor delta = t.floats(-1, 1, e.length(), e.channels());
        Tensor a = t.weights(-4, -0.1, e.channels(), e.states());
        ScanOps.Inputs in = scanned(t, e, projected, delta, a);
        Tensor dy = t.activations(-1, 1, e.length(), e.channels());
        Tensor dDelta = t.moved(3, t.scratch(e.length(), e.channels()));
        Tensor dA = t.moved(4, t.scratchWhole(e.channels(), e.states()));
        Tensor du = t.writtenActivations(terms, e.length(), e.channels());
        Tensor dProjected = t.written(terms * e.channels(), e.length(), e.columns());
        t.ofLibrary();
        Tensor dDtWeight = t.updatedWeights(ofBatch, -1, 1, e.channels(), e.rank());
        Tensor dALog = t.updatedWeights(rows * e.length(), -1, 1, e.channels(), e.states());
        ScanOps.Gradients out = new ScanOps.Gradients(
                du,
                dDelta,
                dA,
                dProjected.columns(e.rank(), e.states()),
                dProjected.columns(e.rank() + e.states(), e.states()),
                t.updatedWeights(rows, -1, 1, e.channels()),
                t.writtenActivations(terms, e.length(), e.channels()),
                t.updatedWeights(ofBatch, -1, 1, e.channels()));
        return inOrder(
                () -> backend.zero(dA),
                () -> backend.scan().backward(ScanOps.Options.MAMBA, in, dy, out),
                () -> backend.scan().decayGradient(a, dA, dALog),
                weightGradient(backend, dDelta, projected.columns(0, e.rank()), dDtWeight),
                inputGradient(backend, dDelta, dtWeight, Write.OVERWRITE, dProjected.columns(0, e.rank())));
    }

    static Runnable projection(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.activations(-1, 1, e.length(), e.channels());
        Tensor weight = t.narrowWeights(-1, 1, e.width(), e.channels());
        Tensor residual = t.floats(-1, 1, e.length(), e.width());
        Tensor y = t.moved(2, t.written(e.channels(), e.length(), e.width()));
        t.ofLibrary();
        return inOrder(product(backend, x, weight, y), () -> backend.pointwise().add(y, residual, y));
    }

    static Runnable projectionGradient(KernelTensors t, Backend backend) {
        BlockExtents e = BlockExtents.of(t.shape());
        Tensor x = t.activations(-1, 1, e.length(), e.channels());
        Tensor weight = t.narrowWeights(-1, 1, e.width(), e.channels());
        Factor dy = factor(t, backend, e.width());
        Tensor dx = t.writtenActivations(e.width(), e.length(), e.channels());
        t.ofRounded();
        t.ofLibrary();
        Tensor dWeight = t.updatedSums(SequenceKernels.rows(t), e.width(), e.channels());
        return inOrder(
                dy.made(),
                weightGradient(backend, dy.tensor(), x, dWeight),
                inputGradient(backend, dy.tensor(), weight, Write.OVERWRITE, dx));
    }

    /**
     * Float values as a factor of two products with activations.
     *
     * @param made what makes them so
     */
    private record Factor(Tensor tensor, Runnable made) {}

    private static Factor factor(KernelTensors t, Backend backend, int columns) {
        Tensor floats = t.floats(-1, 1, t.extent('L'), columns);
        if (t.stored() == DType.F32) {
            return new Factor(t.moved(1, floats), () -> {});
        }
        Tensor copy = t.scratchActivations(t.extent('L'), columns);
        return new Factor(t.moved(3, copy), () -> backend.pointwise().convert(floats, copy));
    }
}
