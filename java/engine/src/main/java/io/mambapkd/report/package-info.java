/**
 * Self-contained HTML pages and Markdown tables made from {@code results}.
 *
 * <p>Presentation only: it is told everything, and nothing below {@code cli} may use it.
 */
@NullMarked
package io.mambapkd.report;

import org.jspecify.annotations.NullMarked;
