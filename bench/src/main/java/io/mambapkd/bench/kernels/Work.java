package io.mambapkd.bench.kernels;

/**
 * What an operation does at one size.
 *
 * @param bytes that it cannot avoid to read and write: inputs and outputs once each, what it updates twice
 * @param flops operations on floats, a multiply-add being two, by the equations of the operation
 * @param exps exponentials, logarithms and reciprocals
 */
public record Work(long bytes, long flops, long exps) {}
