/**
 * What all commands share: streams, the jobs that they start, exit codes, failures as sentences, the stop signal, progress.
 */
@NullMarked
package io.mambapkd.cli.session;

import org.jspecify.annotations.NullMarked;
