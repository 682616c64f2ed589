/** The files of a model. */
package io.mambapkd.runtime.model;
