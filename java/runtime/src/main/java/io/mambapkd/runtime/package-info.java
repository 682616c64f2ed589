/** Classifies images with a trained chain of Mamba students. Nothing but the Java library is needed. */
package io.mambapkd.runtime;
