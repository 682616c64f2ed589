/** What happens to images on their way to a model: random affine maps, sampling, normalisation. On the host and in every backend's specification alike. */
@NullMarked
package io.mambapkd.image;

import org.jspecify.annotations.NullMarked;
