/** The arithmetic of a student. */
package io.mambapkd.runtime.compute;
