package io.mambapkd.ops;

/** The gradient of {@link ScanReference}'s equations in double precision, with every state kept. Arrays are laid out as the inputs; absent ones are empty. */
final class ScanGradientReference {
    final double[] du;
    final double[] dDelta;
    final double[] dA;
    final double[] dB;
    final double[] dC;
    final double[] dSkip;
    final double[] dZ;
    final double[] dBias;

    private final ScanReference in;
    private final double[] dy;

    ScanGradientReference(ScanReference in, double[] dy) {
        this.in = in;
        this.dy = dy;
        du = new double[in.u.length];
        dDelta = new double[in.delta.length];
        dA = new double[in.a.length];
        dB = new double[in.b.length];
        dC = new double[in.c.length];
        dSkip = new double[in.skip == null ? 0 : in.channels];
        dZ = new double[in.z == null ? 0 : in.u.length];
        dBias = new double[in.bias == null ? 0 : in.channels];
        for (int s = 0; s < in.batch; s++) {
            for (int d = 0; d < in.channels; d++) {
                channel(s, d);
            }
        }
    }

    private void channel(int s, int d) {
        int group = d / (in.channels / in.options.groups());
        double[][] h = new double[in.length + 1][in.states];
        for (int visit = 0; visit < in.length; visit++) {
            int row = row(s, visit);
            double dt = dt(row, d);
            for (int n = 0; n < in.states; n++) {
                double b = in.b[(row * in.options.groups() + group) * in.states + n];
                h[visit + 1][n] = decay(dt, d, n) * h[visit][n] + dt * b * in.u[row * in.channels + d];
            }
        }
        double[] carried = new double[in.states];
        for (int visit = in.length - 1; visit >= 0; visit--) {
            step(row(s, visit), d, group, h[visit], h[visit + 1], carried);
        }
    }

    private void step(int row, int d, int group, double[] before, double[] after, double[] carried) {
        int at = row * in.channels + d;
        double dt = dt(row, d);
        double u = in.u[at];
        double output = in.skip == null ? 0 : in.skip[d] * u;
        for (int n = 0; n < in.states; n++) {
            output += in.c[(row * in.options.groups() + group) * in.states + n] * after[n];
        }
        double ds = dy[at];
        if (in.z != null) {
            double sigmoid = 1 / (1 + StrictMath.exp(-in.z[at]));
            dZ[at] = dy[at] * output * sigmoid * (1 + in.z[at] * (1 - sigmoid));
            ds = dy[at] * in.z[at] * sigmoid;
        }
        double dDt = 0;
        for (int n = 0; n < in.states; n++) {
            int stateAt = (row * in.options.groups() + group) * in.states + n;
            double dh = in.c[stateAt] * ds + carried[n];
            double decay = decay(dt, d, n);
            dC[stateAt] += ds * after[n];
            dB[stateAt] += dh * dt * u;
            du[at] += dh * dt * in.b[stateAt];
            dDt += dh * (in.b[stateAt] * u + in.a[d * in.states + n] * decay * before[n]);
            dA[d * in.states + n] += dh * dt * decay * before[n];
            carried[n] = decay * dh;
        }
        if (in.skip != null) {
            du[at] += in.skip[d] * ds;
            dSkip[d] += ds * u;
        }
        double slope = in.options.deltaActivation() == Activation.SOFTPLUS ? 1 / (1 + StrictMath.exp(-raw(row, d))) : 1;
        dDelta[at] = dDt * slope;
        if (in.bias != null) {
            dBias[d] += dDt * slope;
        }
    }

    private int row(int s, int visit) {
        return s * in.length + (in.options.direction() == ScanOps.Direction.FORWARD ? visit : in.length - 1 - visit);
    }

    private double raw(int row, int d) {
        return in.delta[row * in.channels + d] + (in.bias == null ? 0 : in.bias[d]);
    }

    private double dt(int row, int d) {
        double raw = raw(row, d);
        boolean softplus = in.options.deltaActivation() == Activation.SOFTPLUS;
        // log(1 + e^raw) in the form that neither overflows nor rounds small values away.
        return softplus ? Math.max(raw, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(raw))) : raw;
    }

    private double decay(double dt, int d, int n) {
        return StrictMath.exp(dt * in.a[d * in.states + n]);
    }
}
