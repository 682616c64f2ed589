/** Settings: strict YAML to and from records, with errors that name the line. Knows nothing of the records' meaning. */
@NullMarked
package io.mambapkd.config;

import org.jspecify.annotations.NullMarked;
