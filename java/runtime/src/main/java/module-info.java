/** Classifies images with a trained chain of Mamba students. */
module io.mambapkd.runtime {
    exports io.mambapkd.runtime;
    exports io.mambapkd.runtime.exit;
    exports io.mambapkd.runtime.model;
}
