/** What a run tells: progress on the terminal, metrics, summary, the one-file report. */
@NullMarked
package io.mambapkd.report;

import org.jspecify.annotations.NullMarked;
