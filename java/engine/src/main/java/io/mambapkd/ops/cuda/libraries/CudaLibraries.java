package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.GemmOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.Releases;
import io.mambapkd.ops.cuda.options.CudaOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operation families that NVIDIA's libraries do; each library is started when it is first asked for. */
public final class CudaLibraries implements AutoCloseable {
    private final DeviceContext context;
    private final CudaOptions options;
    private final PointwiseOps pointwise;
    private final @Nullable RuntimeException refusal;
    private @Nullable CublasHandle cublas;
    private @Nullable GemmOps gemm;
    private @Nullable CudnnHandle cudnn;
    private @Nullable CudnnConv2d conv2d;

    /** @param refusal why cuDNN must not be started in this process; null if it may */
    public CudaLibraries(
            DeviceContext context, CudaOptions options, PointwiseOps pointwise, @Nullable RuntimeException refusal) {
        this.context = context;
        this.options = options;
        this.pointwise = pointwise;
        this.refusal = refusal;
        if (options.libraries() == CudaOptions.Libraries.AT_ONCE) {
            try {
                gemm();
                conv2d();
            } catch (RuntimeException | Error failure) {
                close();
                throw failure;
            }
        }
    }

    /** @throws io.mambapkd.InputException if cuBLAS is missing or cannot start */
    public GemmOps gemm() {
        GemmOps started = gemm;
        if (started == null) {
            CublasHandle handle = new CublasHandle(context, options);
            cublas = handle;
            started = new CublasGemm(context, handle);
            gemm = started;
        }
        return started;
    }

    /** @throws io.mambapkd.InputException if cuDNN, or a part of it, is missing or cannot start */
    public Conv2dOps conv2d() {
        CudnnConv2d started = conv2d;
        if (started == null) {
            if (refusal != null) {
                throw refusal;
            }
            CudnnHandle handle = new CudnnHandle(context, options);
            cudnn = handle;
            started = new CudnnConv2d(context, handle, options.products(), pointwise);
            conv2d = started;
        }
        return started;
    }

    /** Of the convolutions that were computed. */
    public List<Fallback> fallbacks() {
        return conv2d == null ? List.of() : conv2d.fallbacks();
    }

    /** Gives back what was started. To be called before the context is closed. */
    @Override
    public void close() {
        Releases releases = new Releases();
        if (cublas != null) {
            releases.add(cublas::close);
        }
        if (cudnn != null) {
            releases.add(cudnn::close);
        }
        if (conv2d != null) {
            releases.add(conv2d::close);
        }
        releases.all();
    }
}
