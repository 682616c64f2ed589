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
typedef void (*CUhostFn)(void*);
typedef size_t (*CUoccupancyB2DSize)(int);

struct CUuuid {
    char bytes[16];
};

enum : CUresult {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_INVALID_VALUE = 1,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_NOT_INITIALIZED = 3,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_DEVICE = 101,
    CUDA_ERROR_INVALID_IMAGE = 200,
    CUDA_ERROR_INVALID_CONTEXT = 201,
    CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
    CUDA_ERROR_UNSUPPORTED_LIMIT = 215,
    CUDA_ERROR_INVALID_PTX = 218,
    CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
    CUDA_ERROR_FILE_NOT_FOUND = 301,
    CUDA_ERROR_INVALID_HANDLE = 400,
    CUDA_ERROR_ILLEGAL_STATE = 401,
    CUDA_ERROR_NOT_FOUND = 500,
    CUDA_ERROR_NOT_READY = 600,
    CUDA_ERROR_ILLEGAL_ADDRESS = 700,
    CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701,
    CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE = 708,
    CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
    CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED = 712,
    CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED = 713,
    CUDA_ERROR_MISALIGNED_ADDRESS = 716,
    CUDA_ERROR_LAUNCH_FAILED = 719,
    CUDA_ERROR_NOT_PERMITTED = 800,
    CUDA_ERROR_NOT_SUPPORTED = 801,
    CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
    CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
    CUDA_ERROR_STREAM_CAPTURE_MERGE = 902,
    CUDA_ERROR_STREAM_CAPTURE_UNMATCHED = 903,
    CUDA_ERROR_STREAM_CAPTURE_UNJOINED = 904,
    CUDA_ERROR_STREAM_CAPTURE_ISOLATION = 905,
    CUDA_ERROR_STREAM_CAPTURE_IMPLICIT = 906,
    CUDA_ERROR_CAPTURED_EVENT = 907,
    CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD = 908,
    CUDA_ERROR_UNKNOWN = 999,
};

enum { CU_STREAM_DEFAULT = 0, CU_STREAM_NON_BLOCKING = 1 };
#define CU_STREAM_LEGACY ((CUstream)0x1)
#define CU_STREAM_PER_THREAD ((CUstream)0x2)
enum { CU_EVENT_DEFAULT = 0, CU_EVENT_BLOCKING_SYNC = 1, CU_EVENT_DISABLE_TIMING = 2, CU_EVENT_INTERPROCESS = 4 };
enum { CU_STREAM_CAPTURE_MODE_GLOBAL = 0, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL = 1, CU_STREAM_CAPTURE_MODE_RELAXED = 2 };
enum { CU_STREAM_CAPTURE_STATUS_NONE = 0, CU_STREAM_CAPTURE_STATUS_ACTIVE = 1, CU_STREAM_CAPTURE_STATUS_INVALIDATED = 2 };
enum { CU_MEMORYTYPE_HOST = 1, CU_MEMORYTYPE_DEVICE = 2, CU_MEMORYTYPE_ARRAY = 3, CU_MEMORYTYPE_UNIFIED = 4 };
enum { CU_GRAPH_NODE_TYPE_KERNEL = 0, CU_GRAPH_NODE_TYPE_MEMCPY = 1, CU_GRAPH_NODE_TYPE_MEMSET = 2, CU_GRAPH_NODE_TYPE_EMPTY = 5 };
enum {
    CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0,
    CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1,
    CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES = 2,
    CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES = 3,
    CU_FUNC_ATTRIBUTE_NUM_REGS = 4,
    CU_FUNC_ATTRIBUTE_PTX_VERSION = 5,
    CU_FUNC_ATTRIBUTE_BINARY_VERSION = 6,
    CU_FUNC_ATTRIBUTE_CACHE_MODE_CA = 7,
    CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
    CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT = 9,
};
enum {
    CU_JIT_WALL_TIME = 2,
    CU_JIT_INFO_LOG_BUFFER = 3,
    CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES = 4,
    CU_JIT_ERROR_LOG_BUFFER = 5,
    CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
};
#define CU_LAUNCH_PARAM_END ((void*)0)
#define CU_LAUNCH_PARAM_BUFFER_POINTER ((void*)1)
#define CU_LAUNCH_PARAM_BUFFER_SIZE ((void*)2)

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

struct CUDA_KERNEL_NODE_PARAMS {
    CUfunction func;
    unsigned gridDimX, gridDimY, gridDimZ;
    unsigned blockDimX, blockDimY, blockDimZ;
    unsigned sharedMemBytes;
    void** kernelParams;
    void** extra;
    void* kern;
    CUcontext ctx;
};

#define CUEMU_API extern "C" __attribute__((visibility("default"))) CUresult

// Library, device, context (context.cpp, device.cpp, errors.cpp, limits.cpp)
CUEMU_API cuInit(unsigned flags);
CUEMU_API cuDriverGetVersion(int* version);
CUEMU_API cuGetErrorName(CUresult code, const char** text);
CUEMU_API cuGetErrorString(CUresult code, const char** text);
CUEMU_API cuDeviceGet(CUdevice* device, int ordinal);
CUEMU_API cuDeviceGetCount(int* count);
CUEMU_API cuDeviceGetName(char* name, int length, CUdevice device);
CUEMU_API cuDeviceGetUuid(CUuuid* uuid, CUdevice device);
CUEMU_API cuDeviceGetPCIBusId(char* id, int length, CUdevice device);
CUEMU_API cuDeviceGetByPCIBusId(CUdevice* device, const char* id);
CUEMU_API cuDeviceTotalMem_v2(size_t* bytes, CUdevice device);
CUEMU_API cuDeviceGetAttribute(int* value, int attribute, CUdevice device);
CUEMU_API cuDeviceComputeCapability(int* major, int* minor, CUdevice device);
CUEMU_API cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer);
CUEMU_API cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device);
CUEMU_API cuDevicePrimaryCtxRelease_v2(CUdevice device);
CUEMU_API cuDevicePrimaryCtxReset_v2(CUdevice device);
CUEMU_API cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags);
CUEMU_API cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active);
CUEMU_API cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device);
CUEMU_API cuCtxDestroy_v2(CUcontext context);
CUEMU_API cuCtxSetCurrent(CUcontext context);
CUEMU_API cuCtxGetCurrent(CUcontext* context);
CUEMU_API cuCtxPushCurrent_v2(CUcontext context);
CUEMU_API cuCtxPopCurrent_v2(CUcontext* context);
CUEMU_API cuCtxGetDevice(CUdevice* device);
CUEMU_API cuCtxGetFlags(unsigned* flags);
CUEMU_API cuCtxGetId(CUcontext context, unsigned long long* id);
CUEMU_API cuCtxGetApiVersion(CUcontext context, unsigned* version);
CUEMU_API cuCtxGetStreamPriorityRange(int* least, int* greatest);
CUEMU_API cuCtxSynchronize();
CUEMU_API cuCtxSetLimit(int limit, size_t value);
CUEMU_API cuCtxGetLimit(size_t* value, int limit);
CUEMU_API cuCtxGetCacheConfig(int* config);
CUEMU_API cuCtxSetCacheConfig(int config);

// Memory (memory_api.cpp, copy.cpp, fill.cpp)
CUEMU_API cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes);
CUEMU_API cuMemAllocPitch_v2(CUdeviceptr* pointer, size_t* pitch, size_t width, size_t height, unsigned element);
CUEMU_API cuMemFree_v2(CUdeviceptr pointer);
CUEMU_API cuMemAllocAsync(CUdeviceptr* pointer, size_t bytes, CUstream stream);
CUEMU_API cuMemFreeAsync(CUdeviceptr pointer, CUstream stream);
CUEMU_API cuMemAllocHost_v2(void** pointer, size_t bytes);
CUEMU_API cuMemHostAlloc(void** pointer, size_t bytes, unsigned flags);
CUEMU_API cuMemFreeHost(void* pointer);
CUEMU_API cuMemHostRegister_v2(void* pointer, size_t bytes, unsigned flags);
CUEMU_API cuMemHostUnregister(void* pointer);
CUEMU_API cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* pointer, unsigned flags);
CUEMU_API cuMemHostGetFlags(unsigned* flags, void* pointer);
CUEMU_API cuMemGetInfo_v2(size_t* free, size_t* total);
CUEMU_API cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr pointer);
CUEMU_API cuPointerGetAttribute(void* data, int attribute, CUdeviceptr pointer);
CUEMU_API cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes);
CUEMU_API cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
CUEMU_API cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes);
CUEMU_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream);
CUEMU_API cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes);
CUEMU_API cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream);
CUEMU_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes);
CUEMU_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
CUEMU_API cuMemcpy2D_v2(const CUDA_MEMCPY2D* copy);
CUEMU_API cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D* copy);
CUEMU_API cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* copy, CUstream stream);
CUEMU_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count);
CUEMU_API cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count);
CUEMU_API cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count);
CUEMU_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream);
CUEMU_API cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, CUstream stream);
CUEMU_API cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream);
CUEMU_API cuMemsetD2D8_v2(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height);
CUEMU_API cuMemsetD2D16_v2(CUdeviceptr to, size_t pitch, unsigned short value, size_t width, size_t height);
CUEMU_API cuMemsetD2D32_v2(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height);
CUEMU_API cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height, CUstream stream);
CUEMU_API cuMemsetD2D16Async(CUdeviceptr to, size_t pitch, unsigned short value, size_t width, size_t height, CUstream stream);
CUEMU_API cuMemsetD2D32Async(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height, CUstream stream);

// Modules, functions, launches (module.cpp, function.cpp, launch.cpp)
CUEMU_API cuModuleLoad(CUmodule* module, const char* path);
CUEMU_API cuModuleLoadData(CUmodule* module, const void* image);
CUEMU_API cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned options, int* names, void** values);
CUEMU_API cuModuleUnload(CUmodule module);
CUEMU_API cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name);
CUEMU_API cuModuleGetGlobal_v2(CUdeviceptr* pointer, size_t* bytes, CUmodule module, const char* name);
CUEMU_API cuModuleGetLoadingMode(int* mode);
CUEMU_API cuFuncGetModule(CUmodule* module, CUfunction function);
CUEMU_API cuFuncGetAttribute(int* value, int attribute, CUfunction function);
CUEMU_API cuFuncSetAttribute(CUfunction function, int attribute, int value);
CUEMU_API cuFuncSetCacheConfig(CUfunction function, int config);
CUEMU_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads, size_t shared);
CUEMU_API cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction function, int threads, size_t shared, unsigned flags);
CUEMU_API cuOccupancyMaxPotentialBlockSize(int* grid, int* block, CUfunction function, CUoccupancyB2DSize shared_of, size_t shared, int limit);
CUEMU_API cuOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, CUfunction function, int blocks, int threads);
CUEMU_API cuLaunchKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                         CUstream stream, void** parameters, void** extra);
CUEMU_API cuLaunchHostFunc(CUstream stream, CUhostFn function, void* data);

// Streams, events, graphs (stream_api.cpp, event_api.cpp, capture.cpp, graph.cpp, graph_nodes.cpp)
CUEMU_API cuStreamCreate(CUstream* stream, unsigned flags);
CUEMU_API cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority);
CUEMU_API cuStreamDestroy_v2(CUstream stream);
CUEMU_API cuStreamGetPriority(CUstream stream, int* priority);
CUEMU_API cuStreamGetFlags(CUstream stream, unsigned* flags);
CUEMU_API cuStreamGetCtx(CUstream stream, CUcontext* context);
CUEMU_API cuStreamGetId(CUstream stream, unsigned long long* id);
CUEMU_API cuStreamSynchronize(CUstream stream);
CUEMU_API cuStreamQuery(CUstream stream);
CUEMU_API cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags);
CUEMU_API cuStreamBeginCapture_v2(CUstream stream, int mode);
CUEMU_API cuStreamEndCapture(CUstream stream, CUgraph* graph);
CUEMU_API cuStreamIsCapturing(CUstream stream, int* status);
CUEMU_API cuThreadExchangeStreamCaptureMode(int* mode);
CUEMU_API cuEventCreate(CUevent* event, unsigned flags);
CUEMU_API cuEventDestroy_v2(CUevent event);
CUEMU_API cuEventRecord(CUevent event, CUstream stream);
CUEMU_API cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags);
CUEMU_API cuEventQuery(CUevent event);
CUEMU_API cuEventSynchronize(CUevent event);
CUEMU_API cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end);
CUEMU_API cuGraphCreate(CUgraph* graph, unsigned flags);
CUEMU_API cuGraphDestroy(CUgraph graph);
CUEMU_API cuGraphClone(CUgraph* clone, CUgraph original);
CUEMU_API cuGraphAddKernelNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, size_t count, const CUDA_KERNEL_NODE_PARAMS* params);
CUEMU_API cuGraphAddEmptyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, size_t count);
CUEMU_API cuGraphAddDependencies(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, size_t count);
CUEMU_API cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, size_t* count);
CUEMU_API cuGraphGetRootNodes(CUgraph graph, CUgraphNode* nodes, size_t* count);
CUEMU_API cuGraphGetEdges(CUgraph graph, CUgraphNode* from, CUgraphNode* to, size_t* count);
CUEMU_API cuGraphNodeGetType(CUgraphNode node, int* type);
CUEMU_API cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode* dependencies, size_t* count);
CUEMU_API cuGraphNodeGetDependentNodes(CUgraphNode node, CUgraphNode* dependents, size_t* count);
CUEMU_API cuGraphKernelNodeGetParams_v2(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS* params);
CUEMU_API cuGraphKernelNodeSetParams_v2(CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS* params);
CUEMU_API cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags);
CUEMU_API cuGraphExecKernelNodeSetParams_v2(CUgraphExec exec, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS* params);
CUEMU_API cuGraphUpload(CUgraphExec exec, CUstream stream);
CUEMU_API cuGraphLaunch(CUgraphExec exec, CUstream stream);
CUEMU_API cuGraphExecDestroy(CUgraphExec exec);
