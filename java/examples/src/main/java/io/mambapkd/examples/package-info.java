/** Programs that build on the engine and on the runtime. */
package io.mambapkd.examples;
