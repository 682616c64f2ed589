/**
 * What a run, an evaluation, a validation and a checkup found, as records, and the JSON that keeps them.
 *
 * <p>Data only: pages and terminals are made from it elsewhere, and nothing here computes a result.
 */
@NullMarked
package io.mambapkd.results;

import org.jspecify.annotations.NullMarked;
