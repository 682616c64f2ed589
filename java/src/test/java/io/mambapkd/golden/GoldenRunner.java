package io.mambapkd.golden;

import io.mambapkd.ops.Backend;
import java.util.Map;

/** Runs the operation of a case on a backend and returns every output and gradient under the reference's name and layout. */
@FunctionalInterface
public interface GoldenRunner {
    Map<String, float[]> run(Backend backend, GoldenCase golden);
}
