/** What is found out about a machine, and processes that are spent to find it out. */
@NullMarked
package io.mambapkd.doctor;

import org.jspecify.annotations.NullMarked;
