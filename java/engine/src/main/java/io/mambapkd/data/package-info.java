/** Images and labels: readers, the split, what is unusual about them, augmentation, and the order in which samples are visited. */
@NullMarked
package io.mambapkd.data;

import org.jspecify.annotations.NullMarked;
