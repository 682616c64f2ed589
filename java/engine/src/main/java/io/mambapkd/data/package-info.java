/** Images and labels: readers, the split, augmentation, and the order in which samples are visited. */
@NullMarked
package io.mambapkd.data;

import org.jspecify.annotations.NullMarked;
