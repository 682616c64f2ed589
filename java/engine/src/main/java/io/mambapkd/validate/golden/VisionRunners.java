package io.mambapkd.validate.golden;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Runners of the operations on images. */
final class VisionRunners {
    private VisionRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("conv2d", VisionRunners::conv2d);
        runners.put("batchnorm2d", VisionRunners::batchNorm2d);
        runners.put("maxpool2d", VisionRunners::maxPool2d);
        runners.put("global_avgpool2d", VisionRunners::globalAveragePool2d);
    }

    private static void conv2d(GoldenTensors tensors, GoldenCase golden) {
        Conv2dOps.Options options = new Conv2dOps.Options(
                golden.option("kernel").asInt(),
                golden.option("stride").asInt(),
                golden.option("padding").asInt());
        Tensor x = tensors.images("x");
        Tensor dOut = tensors.images("dout");
        Tensor weight = tensors.plain("weight");
        Tensor bias = tensors.plainOrNull("bias");
        Tensor out = tensors.zeroImages("out");
        Tensor dx = tensors.zeroImages("x");
        Tensor dWeight = tensors.zeros(golden.shape("weight"));
        Tensor dBias = tensors.zerosLike(bias);
        Conv2dOps ops = tensors.backend().conv2d();
        ops.forward(options, x, weight, bias, out);
        ops.backwardData(options, weight, dOut, dx);
        ops.backwardWeights(options, x, dOut, dWeight, dBias);
        tensors.putImages("out", out);
        tensors.putImages("dx", dx);
        tensors.putPlain("dweight", dWeight);
        tensors.putPlain("dbias", dBias);
    }

    private static void batchNorm2d(GoldenTensors tensors, GoldenCase golden) {
        BatchNormOps.Options options = new BatchNormOps.Options(
                (float) golden.option("eps").asDouble(),
                (float) golden.option("momentum").asDouble(),
                Activation.IDENTITY);
        BatchNormOps.Channels channels = new BatchNormOps.Channels(
                tensors.plain("weight"),
                tensors.plain("bias"),
                tensors.plain("running_mean"),
                tensors.plain("running_var"));
        Tensor x = tensors.images("x");
        Tensor dOut = tensors.images("dout");
        Tensor out = tensors.zeroImages("x");
        Tensor dx = tensors.zeroImages("x");
        int[] perChannel = golden.shape("weight");
        Tensor dWeight = tensors.zeros(perChannel);
        Tensor dBias = tensors.zeros(perChannel);
        BatchNormOps ops = tensors.backend().batchNorm();
        if (golden.option("training").asBoolean()) {
            Tensor mean = tensors.zeros(perChannel);
            Tensor variance = tensors.zeros(perChannel);
            ops.forwardTraining(options, x, channels, mean, variance, out);
            ops.backwardTraining(options, x, out, channels, mean, variance, dOut, dx, dWeight, dBias);
            tensors.putPlain("batch_mean", mean);
            tensors.putPlain("batch_var", variance);
        } else {
            ops.forwardInference(options, x, channels, out);
            ops.backwardInference(options, x, out, channels, dOut, dx, dWeight, dBias);
        }
        tensors.putImages("out", out);
        tensors.putPlain("running_mean_new", channels.runningMean());
        tensors.putPlain("running_var_new", channels.runningVariance());
        tensors.putImages("dx", dx);
        tensors.putPlain("dweight", dWeight);
        tensors.putPlain("dbias", dBias);
    }

    private static void maxPool2d(GoldenTensors tensors, GoldenCase golden) {
        Tensor x = tensors.images("x");
        Tensor out = tensors.zeroImages("out");
        Tensor dx = tensors.zeroImages("x");
        tensors.backend().pool().maxPool2x2(x, out);
        tensors.backend().pool().maxPool2x2Gradient(x, tensors.images("dout"), dx);
        tensors.putImages("out", out);
        tensors.putImages("dx", dx);
    }

    private static void globalAveragePool2d(GoldenTensors tensors, GoldenCase golden) {
        Tensor out = tensors.zeros(golden.shape("out"));
        Tensor dx = tensors.zeroImages("x");
        tensors.backend().pool().globalAveragePool(tensors.images("x"), out);
        tensors.backend().pool().globalAveragePoolGradient(tensors.plain("dout"), dx);
        tensors.putPlain("out", out);
        tensors.putImages("dx", dx);
    }
}
