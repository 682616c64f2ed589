package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
public class ScanOpsContractTest {
    private static final double TOLERANCE = 2e-5;

    private final BackendUnderTest under;
    private final Backend backend;

    public ScanOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Which optional tensors there are. */
    private enum Extras {
        ALL,
        NONE
    }

    private static ScanOps.Inputs inputs(
            SequenceTensors tensors, Extras extras, int batch, int length, int channels, int states, int groups) {
        boolean all = extras == Extras.ALL;
        return new ScanOps.Inputs(
                tensors.uniformColumns(-1, 1, batch, length, channels),
                // Some steps are negative where delta is not activated, but the state does not explode.
                tensors.uniform(-0.3f, 1, batch, length, channels),
                tensors.uniform(-4, -0.1f, channels, states),
                tensors.uniformColumns(-1, 1, batch, length, groups * states),
                tensors.uniformColumns(-1, 1, batch, length, groups * states),
                all ? tensors.uniform(-1, 1, channels) : null,
                all ? tensors.uniformColumns(-3, 3, batch, length, channels) : null,
                all ? tensors.uniform(-0.3f, 0.3f, channels) : null);
    }

    private static ScanOps.Gradients gradients(SequenceTensors tensors, ScanOps.Inputs in) {
        int[] state = in.b().shape().toArray();
        int[] shape = in.u().shape().toArray();
        return new ScanOps.Gradients(
                tensors.uniformColumns(8, 9, shape),
                tensors.uniform(8, 9, shape),
                tensors.zeros(in.a().shape().toArray()),
                tensors.uniformColumns(8, 9, state),
                tensors.uniformColumns(8, 9, state),
                in.dSkip() == null ? null : tensors.zeros(shape[2]),
                in.z() == null ? null : tensors.uniformColumns(8, 9, shape),
                in.deltaBias() == null ? null : tensors.zeros(shape[2]));
    }

    private void forwardMatches(ScanOps.Options options, ScanOps.Inputs in, SequenceTensors tensors, String name) {
        int[] shape = in.u().shape().toArray();
        Tensor y = tensors.uniformColumns(8, 9, shape);
        Tensor lastState = tensors.zeros(shape[0], shape[2], in.a().shape().last());
        backend.scan().forward(options, in, y, lastState);
        ScanReference reference = new ScanReference(options, in, tensors);
        GradientCheck.close(name, tensors.values(y), reference.forward(), TOLERANCE);
        GradientCheck.close(name + " last state", tensors.values(lastState), reference.lastState, TOLERANCE);
    }

    @Test
    void forwardMatchesTheStepByStepReferenceForManyExtents() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        for (int length : new int[] {1, 2, 3, 4, 5, 16, 17, 28, 33, 65}) {
            for (int channels : new int[] {1, 3, 16, 33}) {
                for (int states : new int[] {1, 4, 8, 16}) {
                    String name = "L=" + length + " D=" + channels + " N=" + states;
                    ScanOps.Inputs in = inputs(tensors, Extras.ALL, 2, length, channels, states, 1);
                    forwardMatches(ScanOps.Options.MAMBA, in, tensors, name);
                }
            }
        }
    }

    @Test
    void forwardMatchesTheReferenceWithGroupsInBothDirectionsAndWithoutOptionalTensors() {
        SequenceTensors tensors = new SequenceTensors(backend, 2);
        for (Direction direction : Direction.values()) {
            for (Activation activation : List.of(Activation.SOFTPLUS, Activation.IDENTITY)) {
                for (Extras extras : Extras.values()) {
                    ScanOps.Options options = new ScanOps.Options(direction, activation, 3);
                    ScanOps.Inputs in = inputs(tensors, extras, 3, 7, 12, 4, 3);
                    forwardMatches(options, in, tensors, options + " " + extras);
                }
            }
        }
    }

    @Test
    void backwardMatchesCentralDifferencesOfTheReferenceForEveryInput() {
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        for (Direction direction : Direction.values()) {
            for (Activation activation : List.of(Activation.SOFTPLUS, Activation.IDENTITY)) {
                for (Extras extras : Extras.values()) {
                    ScanOps.Options options = new ScanOps.Options(direction, activation, 2);
                    ScanOps.Inputs in = inputs(tensors, extras, 2, 5, 6, 3, 2);
                    backwardMatches(options, in, tensors);
                }
            }
        }
        backwardMatches(ScanOps.Options.MAMBA, inputs(tensors, Extras.ALL, 2, 1, 1, 1, 1), tensors);
        backwardMatches(ScanOps.Options.MAMBA, inputs(tensors, Extras.ALL, 1, 9, 5, 4, 1), tensors);
    }

    private void backwardMatches(ScanOps.Options options, ScanOps.Inputs in, SequenceTensors tensors) {
        Tensor dy = tensors.uniformColumns(-1, 1, in.u().shape().toArray());
        double[] upstream = tensors.doubles(dy);
        ScanOps.Gradients out = gradients(tensors, in);
        backend.scan().backward(options, in, dy, out);
        ScanReference r = new ScanReference(options, in, tensors);
        GradientCheck.matches(
                options + " " + in.u().shape() + " du", r.u, tensors.values(out.du()), x -> r.loss(upstream), 1e-4);
        GradientCheck.matches(
                options + " " + in.u().shape() + " dDelta",
                r.delta,
                tensors.values(out.dDelta()),
                x -> r.loss(upstream),
                1e-4);
        GradientCheck.matches(
                options + " " + in.u().shape() + " dA", r.a, tensors.values(out.dA()), x -> r.loss(upstream), 1e-4);
        GradientCheck.matches(
                options + " " + in.u().shape() + " dB", r.b, tensors.values(out.dB()), x -> r.loss(upstream), 1e-4);
        GradientCheck.matches(
                options + " " + in.u().shape() + " dC", r.c, tensors.values(out.dC()), x -> r.loss(upstream), 1e-4);
        if (out.dDSkip() != null && out.dZ() != null && out.dDeltaBias() != null) {
            GradientCheck.matches(
                    options + " " + in.u().shape() + " dDSkip",
                    r.skip,
                    tensors.values(out.dDSkip()),
                    x -> r.loss(upstream),
                    1e-4);
            GradientCheck.matches(
                    options + " " + in.u().shape() + " dZ", r.z, tensors.values(out.dZ()), x -> r.loss(upstream), 1e-4);
            GradientCheck.matches(
                    options + " " + in.u().shape() + " dBias",
                    r.bias,
                    tensors.values(out.dDeltaBias()),
                    x -> r.loss(upstream),
                    1e-4);
        }
    }

    @Test
    void gradientsOfWeightsAreAddedToWhatWasThere() {
        SequenceTensors tensors = new SequenceTensors(backend, 4);
        ScanOps.Inputs in = inputs(tensors, Extras.ALL, 2, 6, 5, 3, 1);
        Tensor dy = tensors.uniform(-1, 1, 2, 6, 5);
        ScanOps.Gradients out = gradients(tensors, in);
        backend.scan().backward(ScanOps.Options.MAMBA, in, dy, out);
        double[] once = tensors.doubles(out.dA());
        backend.scan().backward(ScanOps.Options.MAMBA, in, dy, out);
        for (int i = 0; i < once.length; i++) {
            once[i] *= 2;
        }
        GradientCheck.close("dA twice", tensors.values(out.dA()), once, 1e-6);
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        List<float[]> expected = everything(under.opener());
        for (Supplier<Backend> variation : under.variations()) {
            List<float[]> actual = everything(variation);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i)).as("result %d", i).isEqualTo(expected.get(i));
            }
        }
    }

    /** Enough samples for several tasks. */
    private static List<float[]> everything(Supplier<Backend> opener) {
        try (Backend own = opener.get()) {
            SequenceTensors tensors = new SequenceTensors(own, 5);
            ScanOps.Inputs in = inputs(tensors, Extras.ALL, 40, 14, 32, 8, 1);
            Tensor y = tensors.zeros(40, 14, 32);
            own.scan().forward(ScanOps.Options.MAMBA, in, y, null);
            ScanOps.Gradients out = gradients(tensors, in);
            own.scan().backward(ScanOps.Options.MAMBA, in, tensors.uniform(-1, 1, 40, 14, 32), out);
            List<float[]> results = new ArrayList<>();
            for (Tensor tensor : new Tensor[] {
                y, out.du(), out.dDelta(), out.dA(), out.dB(), out.dC(), out.dDSkip(), out.dZ(), out.dDeltaBias()
            }) {
                results.add(tensors.values(tensor));
            }
            return results;
        }
    }

    @Test
    void decayIsMinusTheExponentialAndItsGradientFollowsTheChainRule() {
        SequenceTensors tensors = new SequenceTensors(backend, 6);
        Tensor aLog = tensors.uniform(-1, 3, 5, 4);
        Tensor a = tensors.zeros(5, 4);
        backend.scan().decay(aLog, a);
        Tensor dA = tensors.uniform(-1, 1, 5, 4);
        Tensor dALog = tensors.zeros(5, 4);
        backend.scan().decayGradient(a, dA, dALog);
        double[] x = tensors.doubles(aLog);
        double[] upstream = tensors.doubles(dA);
        GradientCheck.matches(
                "dALog",
                x,
                tensors.values(dALog),
                v -> {
                    double sum = 0;
                    for (int i = 0; i < v.length; i++) {
                        sum -= StrictMath.exp(v[i]) * upstream[i];
                    }
                    return sum;
                },
                1e-5);
    }

    @Test
    void misshapenTensorsAreRefusedByName() {
        SequenceTensors tensors = new SequenceTensors(backend, 7);
        ScanOps.Inputs in = inputs(tensors, Extras.NONE, 2, 3, 4, 2, 1);
        assertThatThrownBy(() -> backend.scan().forward(ScanOps.Options.MAMBA, in, tensors.zeros(2, 3, 5), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("selective_scan: y must have shape (2, 3, 4)");
        ScanOps.Options three = new ScanOps.Options(Direction.FORWARD, Activation.SOFTPLUS, 3);
        assertThatThrownBy(() -> backend.scan().forward(three, in, tensors.zeros(2, 3, 4), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 groups do not divide");
    }
}
