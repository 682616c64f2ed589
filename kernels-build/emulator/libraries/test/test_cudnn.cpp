#include <dlfcn.h>

#include <fstream>

#include "device.h"
#include "cudnn_calls.h"

TEST(stale_descriptors_and_handles_are_refused) {
    cudnnHandle_t handle = open_cudnn();
    auto t = tensor(1, 1, 1, 1);
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnSetTensor4dDescriptor(t, CUDNN_TENSOR_NCHW, 1, 1, 1, 1, 1));
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnSetTensor4dDescriptor(t, 2, CUDNN_DATA_FLOAT, 1, 1, 1, 1));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnSetTensor4dDescriptor(t, CUDNN_TENSOR_NCHW, 0, 1, 0, 1, 1));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnSetConvolutionMathType((cudnnConvolutionDescriptor_t)t, CUDNN_FMA_MATH));  // a handle of another kind
    GOOD(cudnnDestroyTensorDescriptor(t));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnSetTensor4dDescriptor(t, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1, 1, 1, 1));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnDestroyTensorDescriptor(t));
    GOOD(cudnnDestroy(handle));
    EXPECT(CUDNN_STATUS_NOT_INITIALIZED, cudnnSetStream(handle, nullptr));
}

TEST(what_no_convolution_of_the_engine_has_is_refused) {
    open_cudnn();
    cudnnConvolutionDescriptor_t how;
    GOOD(cudnnCreateConvolutionDescriptor(&how));
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnSetConvolution2dDescriptor(how, 0, 0, 1, 1, 1, 2, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));  // dilated
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnSetConvolution2dDescriptor(how, 0, 0, 1, 1, 1, 1, 0, CUDNN_DATA_FLOAT));  // with a mirrored filter
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnSetConvolutionMathType(how, 2));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnSetConvolution2dDescriptor(how, 0, 0, 0, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
}

TEST(a_descriptor_that_was_never_set_is_refused) {
    cudnnHandle_t handle = open_cudnn();
    auto t = tensor(1, 1, 1, 1);
    cudnnFilterDescriptor_t filter;
    cudnnConvolutionDescriptor_t how;
    size_t bytes;
    char text[256];
    GOOD(cudnnCreateFilterDescriptor(&filter));
    GOOD(cudnnCreateConvolutionDescriptor(&how));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnGetConvolutionForwardWorkspaceSize(handle, t, filter, how, t, 1, &bytes));
    cudnnGetLastErrorString(text, sizeof text);
    EXPECT_IN("the filter: the descriptor was created, but not set", text);
}

LIBRARY_API int cudnnPoolingForward();
TEST(a_cudnn_call_that_is_not_emulated_says_so) {
    open_device();
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnPoolingForward());
    EXPECT_IN("cudnnPoolingForward was called, which is not emulated", reported());
}

// JCuda's natives are refused by a library that lacks one of the names that they import.
TEST(every_name_that_the_natives_import_is_there) {
    const char* const libraries[][2] = {{"libcublas.so.12", "libraries/cublas/imported_symbols.txt"}, {"libcudnn.so.9", "libraries/cudnn/imported_symbols.txt"}};
    for (auto& [library, list] : libraries) {
        void* opened = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
        std::ifstream names(list);
        std::string name;
        int found = 0;
        std::getline(names, name);  // says where they are from
        while (names >> name) {
            if (!dlsym(opened, name.c_str())) fprintf(stderr, "%s lacks %s\n", library, name.c_str());
            EXPECT(1, dlsym(opened, name.c_str()) != nullptr);
            found++;
        }
        EXPECT(1, found > 200);
    }
}
