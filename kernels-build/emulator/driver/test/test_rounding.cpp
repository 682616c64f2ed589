// The arithmetic of kernels: that of the C library in the plain build, and as wrong as NVIDIA documents in the build that rounds like hardware (hardware.mk).
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "harness.h"

using std::vector;

namespace {

const char* const PTX = R"(
.version 7.0
.target sm_75
.address_size 64
.visible .entry functions_f32(.param .u64 functions_f32_param_0, .param .u64 functions_f32_param_1, .param .u32 functions_f32_param_2)
.maxntid 64
{ ret; }
.visible .entry products_f32(.param .u64 products_f32_param_0, .param .u64 products_f32_param_1, .param .u64 products_f32_param_2,
    .param .u64 products_f32_param_3, .param .u64 products_f32_param_4, .param .u32 products_f32_param_5)
.maxntid 64
{ ret; }
)";

struct Function {
    const char* name;
    double (*exact)(double);
    int plain_ulps;     // at most; those that the C library documents
    int hardware_ulps;  // -1: see the first
    bool of_positive;   // alone
};
const Function FUNCTIONS[] = {{"exp2_approx", exp2, 1, -1, false}, {"reciprocal_approx", [](double x) { return 1 / x; }, 0, 1, false},
                              {"expf", exp, 1, 2, false},          {"exp2f", exp2, 1, 2, false},
                              {"expm1f", expm1, 1, 1, false},      {"logf", log, 1, 1, true},
                              {"log2f", log2, 1, 1, true},         {"log1pf", log1p, 1, 1, true},
                              {"erff", erf, 1, 2, false},          {"erfcf", erfc, 3, 4, false}};
constexpr int COUNT = sizeof FUNCTIONS / sizeof *FUNCTIONS;

CUdeviceptr on_device(const vector<float>& values) {
    CUdeviceptr address;
    GOOD(cuMemAlloc_v2(&address, values.size() * 4));
    to_device(address, values.data(), values.size() * 4);
    return address;
}

vector<float> on_host(CUdeviceptr address, size_t count) {
    vector<float> values(count);
    GOOD(cuMemcpyDtoH_v2(values.data(), address, count * 4));
    return values;
}

void run(const char* name, int n, void** parameters) {
    CUfunction function;
    GOOD(cuModuleGetFunction(&function, load(PTX), name));
    GOOD(cuLaunchKernel(function, (unsigned)(n + 63) / 64, 1, 1, 64, 1, 1, 0, nullptr, parameters, nullptr));
    GOOD(cuCtxSynchronize());
}

vector<vector<float>> functions_of(const vector<float>& x) {
    int n = (int)x.size();
    CUdeviceptr in = on_device(x), out = on_device(vector<float>(x.size() * COUNT));
    void* parameters[] = {&out, &in, &n};
    run("functions_f32", n, parameters);
    vector<float> all = on_host(out, x.size() * COUNT);
    vector<vector<float>> parts;
    for (int f = 0; f < COUNT; f++) parts.emplace_back(all.begin() + f * n, all.begin() + (f + 1) * n);
    return parts;
}

// Values whose results by every function are normal and away from 0 and from one another.
vector<float> arguments() {
    vector<float> x;
    for (int i = 1; i < 700; i++) x.insert(x.end(), {(float)i * 0.00471f, (float)-i * 0.00471f});
    return x;
}

// How many floats `got` is above `exact` rounded, below 0 if it is below. Both have one sign.
long ulps_above(float got, double exact) {
    const float rounded = (float)exact;
    int from, to;
    memcpy(&from, &rounded, 4);
    memcpy(&to, &got, 4);
    return got < 0 ? (long)from - to : (long)to - from;
}

enum class Signs { Both, Up, Down };

void expect_documented_errors(Signs signs) {
    open_device();
    const vector<float> x = arguments();
    const vector<vector<float>> got = functions_of(x);
    for (int f = 0; f < COUNT; f++) {
        const Function& function = FUNCTIONS[f];
        long below = 0, above = 0;
        for (size_t i = 0; i < x.size(); i++) {
            if (function.of_positive && x[i] < 0) continue;
            const double exact = function.exact((double)x[i]);
            const long ulps = ulps_above(got[f][i], exact);
            (ulps > 0 ? above : below)++;
            if (function.hardware_ulps >= 0) {
                expect_equal(function.hardware_ulps, labs(ulps), function.name, __FILE__, __LINE__);
                continue;
            }
            // All of a relative error of 2^-22 but for the last rounding.
            const double share = fabs((double)got[f][i] - exact) / exact * 0x1p22;
            expect_equal(1, share <= 1 && share > 0.5, function.name, __FILE__, __LINE__);
        }
        expect_equal(1, signs == Signs::Up ? below == 0 : below > 0, function.name, __FILE__, __LINE__);
        expect_equal(1, signs == Signs::Down ? above == 0 : above > 0, function.name, __FILE__, __LINE__);
    }
}

// Sums of |what is left|, by fused operations if any, and where the product has a rounding in its name.
void leftovers(double* left, double* left_of_rounded, double* exact) {
    vector<float> a, b, product;
    *left = *left_of_rounded = *exact = 0;
    for (int i = 1; i < 100; i++) {
        a.push_back(1.0f + (float)i * 0x1p-20f);
        b.push_back(1.0f + (float)i * 0x1p-21f);
        product.push_back(a.back() * b.back());
        *exact += fabs((double)a.back() * (double)b.back() - (double)product.back());
    }
    int n = (int)a.size();
    CUdeviceptr out = on_device(a), out_of_rounded = on_device(a), on_a = on_device(a), on_b = on_device(b), on_product = on_device(product);
    void* parameters[] = {&out, &out_of_rounded, &on_a, &on_b, &on_product, &n};
    run("products_f32", n, parameters);
    for (float f : on_host(out, a.size())) *left += fabs((double)f);
    for (float f : on_host(out_of_rounded, a.size())) *left_of_rounded += fabs((double)f);
}

// Without FMA3 there is no such build.
bool has_build() {
    const bool there = __builtin_cpu_supports("fma");
    if (!there) fprintf(stderr, "not run, as this processor has no fused multiply-add: ");
    return there;
}

#define HARDWARE "CUEMU_KERNELS_DIR=build/hardware/test"

}  // namespace

TEST(plain_kernels_err_like_the_c_library_and_fuse_nothing) {
    open_device();
    const vector<float> x = arguments();
    const vector<vector<float>> got = functions_of(x);
    for (int f = 0; f < COUNT; f++) {
        for (size_t i = 0; i < x.size(); i++) {
            if (FUNCTIONS[f].of_positive && x[i] < 0) continue;
            expect_equal(1, labs(ulps_above(got[f][i], FUNCTIONS[f].exact((double)x[i]))) <= FUNCTIONS[f].plain_ulps, FUNCTIONS[f].name, __FILE__, __LINE__);
        }
    }
    double left, left_of_rounded, exact;
    leftovers(&left, &left_of_rounded, &exact);
    EXPECT(1, exact > 0);
    EXPECT(1, left == 0 && left_of_rounded == 0);
}

TEST_WITH(functions_err_by_all_that_is_documented, HARDWARE) {
    if (has_build()) expect_documented_errors(Signs::Both);
}

TEST_WITH(functions_err_upwards_alone_when_asked, HARDWARE " CUEMU_ROUNDING=up") {
    if (has_build()) expect_documented_errors(Signs::Up);
}

TEST_WITH(functions_err_downwards_alone_when_asked, HARDWARE " CUEMU_ROUNDING=down") {
    if (has_build()) expect_documented_errors(Signs::Down);
}

TEST_WITH(an_unknown_rounding_is_taken_for_the_hash_of_seed_0, HARDWARE " CUEMU_ROUNDING=sideways") {
    if (has_build()) expect_documented_errors(Signs::Both);
}

TEST_WITH(products_are_fused_with_sums_but_for_those_with_a_rounding_in_their_name, HARDWARE) {
    if (!has_build()) return;
    open_device();
    double left, left_of_rounded, exact;
    leftovers(&left, &left_of_rounded, &exact);
    EXPECT(1, left == exact && exact > 0);
    EXPECT(1, left_of_rounded == 0);
}

TEST_WITH(approximate_instructions_flush_denormals_and_functions_keep_them, HARDWARE) {
    if (!has_build()) return;
    open_device();
    const vector<vector<float>> got = functions_of({-126.5f, 3e38f, -3e38f, 1e-39f, 0.0f, -90.0f, INFINITY, NAN});
    const vector<float>&exp2_approx = got[0], &reciprocal = got[1], &expf = got[2];
    EXPECT(1, exp2_approx[0] == 0 && exp2_approx[3] == 1 && exp2_approx[4] == 1);
    EXPECT(1, std::isinf(exp2_approx[6]) && std::isnan(exp2_approx[7]));
    EXPECT(1, reciprocal[1] == 0 && reciprocal[2] == 0 && std::signbit(reciprocal[2]) && std::isinf(reciprocal[3]) && std::isinf(reciprocal[4]));
    EXPECT(1, reciprocal[6] == 0 && std::isnan(reciprocal[7]));
    EXPECT(1, expf[4] == 1 && expf[5] > 0 && expf[5] < 1.1754944e-38f && std::isinf(expf[6]) && std::isnan(expf[7]));
}
