/** The runtime beside ONNX Runtime: the same chain, the same images, one run. */
package io.mambapkd.bench.onnx;
