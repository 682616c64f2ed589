// The part of the CUDA driver's binary interface that the emulation offers: types, codes and entry points, declared here because machines without
// a CUDA toolkit have no cuda.h. Numbers and layouts are those of the driver API reference, version 12.6; names without suffix _v2 that have one in
// the library's symbol table carry it here, since nothing maps the names as cuda.h does.
#pragma once

#include <cstddef>
#include <cstdint>

typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st* CUcontext;
typedef struct CUmod_st* CUmodule;
typedef struct CUfunc_st* CUfunction;
typedef struct CUstream_st* CUstream;
typedef struct CUevent_st* CUevent;
typedef struct CUgraph_st* CUgraph;
typedef struct CUgraphNode_st* CUgraphNode;
typedef struct CUgraphExec_st* CUgraphExec;

#define CUEMU_CODES(CODE)                 \
    CODE(SUCCESS, 0)                      \
    CODE(ERROR_INVALID_VALUE, 1)          \
    CODE(ERROR_OUT_OF_MEMORY, 2)          \
    CODE(ERROR_NOT_INITIALIZED, 3)        \
    CODE(ERROR_NO_DEVICE, 100)            \
    CODE(ERROR_INVALID_DEVICE, 101)       \
    CODE(ERROR_INVALID_CONTEXT, 201)      \
    CODE(ERROR_NO_BINARY_FOR_GPU, 209)    \
    CODE(ERROR_UNSUPPORTED_LIMIT, 215)    \
    CODE(ERROR_INVALID_PTX, 218)          \
    CODE(ERROR_UNSUPPORTED_PTX_VERSION, 222) \
    CODE(ERROR_INVALID_HANDLE, 400)       \
    CODE(ERROR_ILLEGAL_STATE, 401)        \
    CODE(ERROR_NOT_FOUND, 500)            \
    CODE(ERROR_NOT_READY, 600)            \
    CODE(ERROR_ILLEGAL_ADDRESS, 700)      \
    CODE(ERROR_CONTEXT_IS_DESTROYED, 709) \
    CODE(ERROR_LAUNCH_FAILED, 719)        \
    CODE(ERROR_NOT_SUPPORTED, 801)        \
    CODE(ERROR_STREAM_CAPTURE_UNSUPPORTED, 900) \
    CODE(ERROR_STREAM_CAPTURE_INVALIDATED, 901) \
    CODE(ERROR_CAPTURED_EVENT, 907)       \
    CODE(ERROR_UNKNOWN, 999)
#define CODE(name, number) CUDA_##name = number,
enum : CUresult { CUEMU_CODES(CODE) };
#undef CODE

enum { CU_STREAM_NON_BLOCKING = 1 };
#define CU_STREAM_LEGACY ((CUstream)0x1)
enum { CU_EVENT_DEFAULT = 0 };
enum { CU_STREAM_CAPTURE_MODE_RELAXED = 2 };
enum { CU_STREAM_CAPTURE_STATUS_NONE = 0, CU_STREAM_CAPTURE_STATUS_ACTIVE = 1, CU_STREAM_CAPTURE_STATUS_INVALIDATED = 2 };
enum { CU_MEMORYTYPE_DEVICE = 2 };
enum { CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8 };
enum { CU_JIT_ERROR_LOG_BUFFER = 5, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6 };

struct CUDA_MEMCPY2D {
    size_t srcXInBytes, srcY;
    int srcMemoryType;
    const void* srcHost;
    CUdeviceptr srcDevice;
    void* srcArray;
    size_t srcPitch;
    size_t dstXInBytes, dstY;
    int dstMemoryType;
    void* dstHost;
    CUdeviceptr dstDevice;
    void* dstArray;
    size_t dstPitch;
    size_t WidthInBytes, Height;
};

#define CUEMU_API extern "C" __attribute__((visibility("default"))) CUresult

// Library, device, context (device.cpp, context.cpp), controls (controls.cpp)
CUEMU_API cuInit(unsigned flags);
CUEMU_API cuDriverGetVersion(int* version);
CUEMU_API cuDeviceGet(CUdevice* device, int ordinal);
CUEMU_API cuDeviceGetCount(int* count);
CUEMU_API cuDeviceGetName(char* name, int length, CUdevice device);
CUEMU_API cuDeviceTotalMem_v2(size_t* bytes, CUdevice device);
CUEMU_API cuDeviceGetAttribute(int* value, int attribute, CUdevice device);
CUEMU_API cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device);
CUEMU_API cuDevicePrimaryCtxRelease_v2(CUdevice device);
CUEMU_API cuCtxSetCurrent(CUcontext context);
CUEMU_API cuCtxSynchronize();
CUEMU_API cuCtxSetLimit(int limit, size_t value);
CUEMU_API cuCtxGetLimit(size_t* value, int limit);

// Memory (memory_api.cpp, copy.cpp)
CUEMU_API cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes);
CUEMU_API cuMemFree_v2(CUdeviceptr pointer);
CUEMU_API cuMemAllocHost_v2(void** pointer, size_t bytes);
CUEMU_API cuMemFreeHost(void* pointer);
CUEMU_API cuMemGetInfo_v2(size_t* free, size_t* total);
CUEMU_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream);
CUEMU_API cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes);
CUEMU_API cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream);
CUEMU_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
CUEMU_API cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* copy, CUstream stream);
CUEMU_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count);
CUEMU_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream);
CUEMU_API cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream);

// Modules, functions, launches (module.cpp, launch.cpp)
CUEMU_API cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned options, int* names, void** values);
CUEMU_API cuModuleUnload(CUmodule module);
CUEMU_API cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name);
CUEMU_API cuFuncGetAttribute(int* value, int attribute, CUfunction function);
CUEMU_API cuFuncSetAttribute(CUfunction function, int attribute, int value);
CUEMU_API cuLaunchKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                         CUstream stream, void** parameters, void** extra);

// Streams, events, graphs (stream_api.cpp, graph.cpp)
CUEMU_API cuStreamCreate(CUstream* stream, unsigned flags);
CUEMU_API cuStreamDestroy_v2(CUstream stream);
CUEMU_API cuStreamSynchronize(CUstream stream);
CUEMU_API cuStreamBeginCapture_v2(CUstream stream, int mode);
CUEMU_API cuStreamEndCapture(CUstream stream, CUgraph* graph);
CUEMU_API cuStreamIsCapturing(CUstream stream, int* status);
CUEMU_API cuEventCreate(CUevent* event, unsigned flags);
CUEMU_API cuEventDestroy_v2(CUevent event);
CUEMU_API cuEventRecord(CUevent event, CUstream stream);
CUEMU_API cuEventSynchronize(CUevent event);
CUEMU_API cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end);
CUEMU_API cuGraphDestroy(CUgraph graph);
CUEMU_API cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, size_t* count);
CUEMU_API cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags);
CUEMU_API cuGraphLaunch(CUgraphExec exec, CUstream stream);
CUEMU_API cuGraphExecDestroy(CUgraphExec exec);
