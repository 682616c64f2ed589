package io.mambapkd.ops;

/** The equations of {@link ScanOps}, step by step, in double precision. Absent tensors are null. */
final class ScanReference {
    private static final int SEGMENT = 52;

    final int batch;
    final int length;
    final int channels;
    final int states;
    private final int segments;
    final ScanOps.Options options;
    double[] u;
    double[] delta;
    double[] a;
    double[] b;
    double[] c;
    double[] skip;
    double[] z;
    double[] bias;
    double[] lastState;
    /** (B, S, D, N): the states after each 52 visited steps but the last. */
    double[] saved;

    ScanReference(ScanOps.Options options, ScanOps.Inputs in, SequenceTensors tensors) {
        this.options = options;
        batch = in.u().shape().extent(0);
        length = in.u().shape().extent(1);
        channels = in.u().shape().last();
        states = in.a().shape().last();
        u = tensors.doubles(in.u());
        delta = tensors.doubles(in.delta());
        a = tensors.doubles(in.a());
        b = tensors.doubles(in.b());
        c = tensors.doubles(in.c());
        skip = in.dSkip() == null ? null : tensors.doubles(in.dSkip());
        z = in.z() == null ? null : tensors.doubles(in.z());
        bias = in.deltaBias() == null ? null : tensors.doubles(in.deltaBias());
        lastState = new double[batch * channels * states];
        segments = (length - 1) / SEGMENT;
        saved = new double[batch * segments * channels * states];
    }

    double[] forward() {
        double[] y = new double[batch * length * channels];
        for (int s = 0; s < batch; s++) {
            for (int d = 0; d < channels; d++) {
                channel(s, d, y);
            }
        }
        return y;
    }

    private void channel(int s, int d, double[] y) {
        int group = d / (channels / options.groups());
        double[] h = new double[states];
        for (int visit = 0; visit < length; visit++) {
            int t = options.direction() == ScanOps.Direction.FORWARD ? visit : length - 1 - visit;
            int at = (s * length + t) * channels + d;
            int stateAt = ((s * length + t) * options.groups() + group) * states;
            double dt = delta[at] + (bias == null ? 0 : bias[d]);
            if (options.deltaActivation() == Activation.SOFTPLUS) {
                dt = dt > 20 ? dt : StrictMath.log1p(StrictMath.exp(dt));
            }
            double sum = skip == null ? 0 : skip[d] * u[at];
            for (int n = 0; n < states; n++) {
                h[n] = StrictMath.exp(dt * a[d * states + n]) * h[n] + dt * b[stateAt + n] * u[at];
                sum += c[stateAt + n] * h[n];
            }
            int visited = visit + 1;
            if (visited % SEGMENT == 0 && visited < length) {
                int block = s * segments + visited / SEGMENT - 1;
                System.arraycopy(h, 0, saved, (block * channels + d) * states, states);
            }
            y[at] = z == null ? sum : sum * z[at] / (1 + StrictMath.exp(-z[at]));
        }
        System.arraycopy(h, 0, lastState, (s * channels + d) * states, states);
    }

    double loss(double[] dy) {
        double[] y = forward();
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
            sum += y[i] * dy[i];
        }
        return sum;
    }
}
