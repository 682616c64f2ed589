# From names, one a line, weak functions that report the call and return `status`.
BEGIN { print "extern \"C\" int cuemu_library_lacks(const char*, int);" }
{ printf "extern \"C\" __attribute__((weak, visibility(\"default\"))) int %s() { return cuemu_library_lacks(\"%s\", %s); }\n", $1, $1, status }
