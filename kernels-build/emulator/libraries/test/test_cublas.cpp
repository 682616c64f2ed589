#include "../cublas/cublas_abi.h"
#include "../numbers.h"
#include "device.h"

using namespace cuemu;

namespace {

const float ONE = 1, ZERO = 0;

cublasHandle_t open_cublas() {
    open_device();
    cublasHandle_t handle;
    GOOD(cublasCreate_v2(&handle));
    return handle;
}

struct Shape {
    int op_a, op_b, m, n, k, lda, ldb, ldc;
};

std::vector<double> naive(const Shape& s, float alpha, const Floats& a, const Floats& b, float beta, const Floats& c) {
    std::vector<double> result(c.begin(), c.end());
    for (int j = 0; j < s.n; j++) {
        for (int i = 0; i < s.m; i++) {
            double sum = 0;
            for (int p = 0; p < s.k; p++) {
                double left = s.op_a == CUBLAS_OP_N ? a[(size_t)(p * s.lda + i)] : a[(size_t)(i * s.lda + p)];
                double right = s.op_b == CUBLAS_OP_N ? b[(size_t)(j * s.ldb + p)] : b[(size_t)(p * s.ldb + j)];
                sum += left * right;
            }
            double& entry = result[(size_t)(j * s.ldc + i)];
            entry = alpha * sum + (beta == 0 ? 0 : beta * entry);
        }
    }
    return result;
}

void check_products() {
    cublasHandle_t handle = open_cublas();
    const float alpha = 0.5f, beta = -2;
    for (int op_a : {CUBLAS_OP_N, CUBLAS_OP_T}) {
        for (int op_b : {CUBLAS_OP_N, CUBLAS_OP_T}) {
            const Shape s{op_a, op_b, 37, 6, 300, op_a == CUBLAS_OP_N ? 40 : 301, op_b == CUBLAS_OP_N ? 303 : 9, 41};
            Floats a = random_floats((size_t)s.lda * (size_t)(op_a == CUBLAS_OP_N ? s.k : s.m), 1);
            Floats b = random_floats((size_t)s.ldb * (size_t)(op_b == CUBLAS_OP_N ? s.n : s.k), 2);
            Floats c = random_floats((size_t)s.ldc * (size_t)s.n, 3);
            float* on_device = to_device(c);
            GOOD(cublasSgemm_v2(handle, op_a, op_b, s.m, s.n, s.k, &alpha, to_device(a), s.lda, to_device(b), s.ldb, &beta, on_device, s.ldc));
            // 300 terms below 1: the sum's error is below 300 * 2^-24 of the sum of magnitudes, which is below 300.
            EXPECT_NEAR(naive(s, alpha, a, b, beta, c), from_device(on_device, c.size()), 1e-4);
        }
    }
}

}  // namespace

TEST_WITH(products_of_the_own_loop_are_those_of_a_naive_one, "CUEMU_BLAS=none") { check_products(); }
TEST(products_are_those_of_a_naive_loop) { check_products(); }

TEST(a_beta_of_zero_does_not_read_the_result) {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 2, 3, 4}), *c = new_device(4);
    GOOD(cublasSgemm_v2(handle, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT_NEAR((std::vector<double>{7, 10, 15, 22}), from_device(c, 4), 0);
}

TEST(batches_advance_by_their_strides) {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 9, 2, 9, 3, 9}), *b = to_device(Floats{10}), *c = new_device(3);
    GOOD(cublasSgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &ONE, a, 1, 2, b, 1, 0, &ZERO, c, 1, 1, 3));
    EXPECT_NEAR((std::vector<double>{10, 20, 30}), from_device(c, 3), 0);
    EXPECT(CUBLAS_STATUS_INVALID_VALUE, cublasSgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &ONE, a, 1, 2, b, 1, 0, &ZERO, c, 1, 0, 3));
}

TEST(inputs_are_rounded_to_tf32_only_when_asked) {
    cublasHandle_t handle = open_cublas();
    const float fine = 1 + 0x1p-12f;
    float *a = to_device(Floats{fine}), *b = to_device(Floats{1}), *c = new_device(1);
    auto value = [&] { return from_device(c, 1)[0]; };
    GOOD(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &ONE, a, 1, b, 1, &ZERO, c, 1));
    EXPECT(1, value() == fine);
    GOOD(cublasSetMathMode(handle, CUBLAS_TF32_TENSOR_OP_MATH));
    GOOD(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &ONE, a, 1, b, 1, &ZERO, c, 1));
    EXPECT(1, value() == 1);
    GOOD(cublasSetMathMode(handle, CUBLAS_DEFAULT_MATH));
    GOOD(cublasGemmEx(handle, 0, 0, 1, 1, 1, &ONE, a, CUDA_R_32F, 1, b, CUDA_R_32F, 1, &ZERO, c, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F, -1));
    EXPECT(1, value() == fine);
    EXPECT(CUBLAS_STATUS_NOT_SUPPORTED,
           cublasGemmEx(handle, 0, 0, 1, 1, 1, &ONE, a, CUDA_R_32F, 1, b, CUDA_R_32F, 1, &ZERO, c, CUDA_R_32F, 1, 77, -1));  // TF32 whatever the math mode
}

TEST(bfloat16_matrices_have_float_sums) {
    cublasHandle_t handle = open_cublas();
    const uint16_t values[] = {bf16_of(1.5f), bf16_of(-2)};
    auto b = (const void*)to_device(values, sizeof values);
    float* c = new_device(1);
    GOOD(cublasGemmEx(handle, CUBLAS_OP_T, 0, 1, 1, 2, &ONE, b, CUDA_R_16BF, 2, b, CUDA_R_16BF, 2, &ZERO, c, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F, -1));
    EXPECT(1, from_device(c, 1)[0] == 6.25f);
    GOOD(cublasGemmEx(handle, CUBLAS_OP_T, 0, 1, 1, 2, &ONE, b, CUDA_R_16BF, 2, b, CUDA_R_16BF, 2, &ZERO, c, CUDA_R_16BF, 1, CUBLAS_COMPUTE_32F, -1));
    uint16_t result;
    GOOD(cuMemcpyDtoH_v2(&result, (CUdeviceptr)c, 2));
    EXPECT(bf16_of(6.25f), result);
    for (int type : {(int)CUDA_R_32F, 2}) {  // another type than a's, and half
        EXPECT(CUBLAS_STATUS_NOT_SUPPORTED,
               cublasGemmEx(handle, 0, 0, 1, 1, 1, &ONE, b, CUDA_R_16BF, 1, b, type, 1, &ZERO, c, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F, -1));
    }
}

TEST(numbers_round_to_the_nearest) {
    EXPECT(0x3F80, bf16_of(1 + 0x1p-8f));  // a half: to even
    EXPECT(0x3F82, bf16_of(1 + 3 * 0x1p-8f));
    EXPECT(1, round_to_tf32(1 + 0x1p-11f) == 1 + 0x1p-10f);
}

TEST(a_matrix_that_leaves_its_allocation_is_a_sticky_700) {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 2, 3, 4}), *c = new_device(4);
    EXPECT(CUBLAS_STATUS_EXECUTION_FAILED, cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 3, a, 2, &ZERO, c, 2));
    EXPECT_IN("cublasSgemm_v2: a: 20 bytes", reported());
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
    EXPECT(CUBLAS_STATUS_EXECUTION_FAILED, cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
}

TEST(wrong_arguments_are_refused_and_leave_the_context_whole) {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 2, 3, 4}), *c = new_device(4);
    EXPECT(CUBLAS_STATUS_INVALID_VALUE, cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 1, a, 2, &ZERO, c, 2));
    EXPECT(CUBLAS_STATUS_INVALID_VALUE, cublasSgemm_v2(handle, 3, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT(CUBLAS_STATUS_INVALID_VALUE, cublasSgemm_v2(handle, 0, 0, -1, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT(CUBLAS_STATUS_INVALID_VALUE, cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, c, 2, &ZERO, a, 2));  // written and read
    EXPECT(CUBLAS_STATUS_INVALID_VALUE, cublasSetWorkspace_v2(handle, (char*)a + 16, 1024));
    EXPECT(CUBLAS_STATUS_NOT_INITIALIZED, cublasSetStream_v2(nullptr, nullptr));
    EXPECT(CUBLAS_STATUS_NOT_SUPPORTED, cublasSetPointerMode_v2(handle, 1));
    EXPECT(CUBLAS_STATUS_NOT_SUPPORTED, cublasSetAtomicsMode(handle, 1));
    EXPECT(CUBLAS_STATUS_NOT_SUPPORTED, cublasSetMathMode(handle, 1));
    GOOD(cublasSgemm_v2(handle, 0, 0, 0, 2, 2, &ONE, nullptr, 1, nullptr, 2, &ZERO, nullptr, 1));
    GOOD(cuCtxSynchronize());
    GOOD(cublasDestroy_v2(handle));
    EXPECT(CUBLAS_STATUS_NOT_INITIALIZED, cublasDestroy_v2(handle));
}

TEST(columns_of_one_matrix_may_be_multiplied_into_others_of_it) {
    cublasHandle_t handle = open_cublas();
    float* m = to_device(Floats{2, 3, 5, 7, 11, 13, 17, 19});  // two columns of four rows: a is rows 0, c rows 2 of both
    float* b = to_device(Floats{10});
    GOOD(cublasSgemm_v2(handle, 0, CUBLAS_OP_N, 1, 1, 1, &ONE, m, 4, b, 1, &ZERO, m + 2, 4));
    GOOD(cublasSgemm_v2(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 2, 1, &ONE, b, 4, m, 4, &ZERO, m + 3, 4));
    EXPECT_NEAR((std::vector<double>{2, 3, 20, 20, 11, 13, 17, 110}), from_device(m, 8), 0);
}

TEST(the_workspace_is_checked_and_scribbled_on) {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 2, 3, 4}), *c = new_device(4), *workspace = to_device(Floats(1024, 1.0f));
    GOOD(cublasSetWorkspace_v2(handle, workspace, 4096));
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT(1, std::isnan(from_device(workspace, 1)[0]));
    GOOD(cuMemFree_v2((CUdeviceptr)workspace));
    EXPECT(CUBLAS_STATUS_EXECUTION_FAILED, cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT_IN("the workspace", reported());
}

TEST(bytes_of_operands_are_counted_and_those_of_the_workspace_are_not) {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats(6, 1.0f)), *b = to_device(Floats(12, 1.0f)), *c = to_device(Floats(15, 1.0f)), *workspace = new_device(1024);
    GOOD(cublasSetWorkspace_v2(handle, workspace, 4096));
    set_control(CONTROL_LIBRARY_BYTES, 0);
    // (2, 3) x (3, 4), the result in the first 2 of 3 rows: 6, 12 and 8 floats.
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 4, 3, &ONE, a, 2, b, 3, &ZERO, c, 3));
    EXPECT(4 * (6 + 12 + 8), control(CONTROL_LIBRARY_BYTES));
    set_control(CONTROL_LIBRARY_BYTES, 0);
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 4, 3, &ONE, a, 2, b, 3, &ONE, c, 3));  // reads the result too
    EXPECT(4 * (6 + 12 + 8 + 8), control(CONTROL_LIBRARY_BYTES));
}

TEST(a_captured_product_runs_at_each_replay) {
    cublasHandle_t handle = open_cublas();
    CUstream stream;
    CUgraph graph;
    CUgraphExec exec;
    size_t nodes = 0;
    float *a = to_device(Floats{1, 2, 3, 4}), *c = to_device(Floats(4));
    GOOD(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    GOOD(cublasSetStream_v2(handle, stream));
    kernel("add_f32");  // loaded before the capture
    GOOD(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ONE, c, 2));
    GOOD(launch_add(stream, (CUdeviceptr)c, 1, 4));
    GOOD(cuStreamEndCapture(stream, &graph));
    GOOD(cuGraphGetNodes(graph, nullptr, &nodes));
    EXPECT(2, nodes);
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    EXPECT(1, control(CONTROL_GRAPH_LIBRARY_CALLS));
    EXPECT(1, control(CONTROL_GRAPH_KERNELS));
    EXPECT_NEAR((std::vector<double>{0, 0, 0, 0}), from_device(c, 4), 0);
    for (int i = 0; i < 3; i++) GOOD(cuGraphLaunch(exec, stream));
    GOOD(cuStreamSynchronize(stream));
    EXPECT_NEAR((std::vector<double>{24, 33, 48, 69}), from_device(c, 4), 0);
}

TEST_WITH(a_lazy_product_runs_when_it_is_waited_for, "CUEMU_LAZY=1") {
    cublasHandle_t handle = open_cublas();
    CUstream stream;
    void* host;
    float *a = to_device(Floats{1, 2, 3, 4}), *c = to_device(Floats(4));
    GOOD(cuMemAllocHost_v2(&host, 16));
    GOOD(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    GOOD(cuCtxSynchronize());
    GOOD(cublasSetStream_v2(handle, stream));
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT(1, control(CONTROL_PENDING));
    GOOD(cuMemcpyDtoHAsync_v2(host, (CUdeviceptr)c, 16, stream));
    GOOD(cuStreamSynchronize(stream));
    EXPECT(7, ((float*)host)[0]);
}

TEST_WITH(a_planned_failure_hits_a_library_call, "CUEMU_FAIL=cublasSgemm_v2:2:700:sticky") {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 2, 3, 4}), *c = new_device(4);
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT(CUBLAS_STATUS_EXECUTION_FAILED, cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
}

TEST_WITH(a_status_can_be_planned, "CUEMU_LIBRARY_FAIL=cublasSgemm_v2:2:3") {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 2, 3, 4}), *c = new_device(4);
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    EXPECT(3, cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, c, 2));
    GOOD(cuCtxSynchronize());
}

TEST_WITH(a_product_of_what_nothing_wrote_is_reported, "CUEMU_CHECKED=1") {
    cublasHandle_t handle = open_cublas();
    float *a = to_device(Floats{1, 2, 3, 4}), *b = new_device(4), *c = new_device(4);
    GOOD(launch_add(nullptr, (CUdeviceptr)a, 0, 4));  // from a first checked launch on it is known what is written
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, a, 2, &ZERO, b, 2));
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, b, 2, a, 2, &ZERO, c, 2));
    EXPECT(0, control(CONTROL_FAULTS));
    GOOD(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &ONE, a, 2, new_device(4), 2, &ZERO, c, 2));
    EXPECT_IN("cublasSgemm_v2 reads memory that nothing wrote: b", reported());
}

LIBRARY_API int cublasSgemv_v2();
TEST(a_call_that_is_not_emulated_says_so) {
    open_device();
    EXPECT(CUBLAS_STATUS_NOT_SUPPORTED, cublasSgemv_v2());
    EXPECT_IN("cublasSgemv_v2 was called, which is not emulated", reported());
}

TEST(controls_can_let_a_call_of_a_library_fail) {
    cublasHandle_t handle = open_cublas();
    set_control(CONTROL_FAIL_CODE, ((size_t)14 << 32) | CUDA_ERROR_LAUNCH_FAILED);
    set_control(CONTROL_FAIL_COUNTDOWN, 1);
    EXPECT(14, cublasSetStream_v2(handle, nullptr));
    GOOD(cublasSetStream_v2(handle, nullptr));
    set_control(CONTROL_FAIL_CODE, CUDA_ERROR_LAUNCH_FAILED | 0x10000);
    set_control(CONTROL_FAIL_COUNTDOWN, 1);
    EXPECT(13, cublasSetStream_v2(handle, nullptr));
    EXPECT(CUDA_ERROR_LAUNCH_FAILED, cuCtxSynchronize());
}
