// Atomic operations: calls into the engine, which knows them as atomic when it looks for races.
#pragma once

#include "abi.h"

inline int atomicAdd(int* address, int value) { return cuemu::atomic_add(address, value); }
inline float atomicAdd(float* address, float value) { return cuemu::atomic_add(address, value); }
