/**
 * Readers of CIFAR-10 and CIFAR-100 in their original binary format, unpacked or in their archive. Nothing of the rest of the program comes in but the reader of archives: {@code data} makes a data set
 * of what is read here.
 */
@NullMarked
package io.mambapkd.data.cifar;

import org.jspecify.annotations.NullMarked;
