/** {@code mamba-pkd predict}: what a trained chain says about images. It computes with the runtime alone. */
@NullMarked
package io.mambapkd.cli.predict;

import org.jspecify.annotations.NullMarked;
