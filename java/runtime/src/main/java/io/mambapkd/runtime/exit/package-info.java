/** When a chain stops, and what is promised for it. */
package io.mambapkd.runtime.exit;
