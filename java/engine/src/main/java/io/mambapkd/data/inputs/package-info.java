/**
 * Images to classify, from wherever a user has them: files, folders, tar archives, IDX files, a stream. They are read one after the other and never held together. Of
 * labels, splits and other properties of a data set nothing comes in.
 */
@NullMarked
package io.mambapkd.data.inputs;

import org.jspecify.annotations.NullMarked;
