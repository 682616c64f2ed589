# From names, one a line, weak functions that report the call and return `status`: a call of what is not emulated is an error code and not the end of the process.
BEGIN { print "extern \"C\" int cuemu_not_emulated(const char*, int);" }
!/^#/ { printf "extern \"C\" __attribute__((weak, visibility(\"default\"))) int %s() { return cuemu_not_emulated(\"%s\", %s); }\n", $1, $1, status }
