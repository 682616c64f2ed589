package io.mambapkd.train.plan;

/**
 * The memory that a run needs.
 *
 * @param heapBytes of Java's heap
 * @param nativeBytes of the host outside of the heap: the virtual machine, and buffers of matrix products
 * @param deviceBytes of the device's own memory; 0 where tensors lie in the heap
 * @param stage in which the heap is fullest
 * @param deviceStage in which the device is fullest
 */
public record MemoryNeed(long heapBytes, long nativeBytes, long deviceBytes, String stage, String deviceStage) {}
