/**
 * Gets published data sets from their home pages, and knows where they are put. It alone speaks to the network; {@code java.net.http}, the module of Java that it needs, is looked for when it starts.
 */
@NullMarked
package io.mambapkd.data.fetch;

import org.jspecify.annotations.NullMarked;
