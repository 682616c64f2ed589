#include "library.h"

#include <cstdio>

namespace cuemu {

std::mutex& library_mutex() {
    static std::mutex* only = new std::mutex;  // never destroyed: threads of the host program may still call while the process exits
    return *only;
}

std::string& explanation() {
    thread_local std::string* text = new std::string;
    return *text;
}

int refuse(int status, const char* format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    explanation() = text;
    return status;
}

int compute_capability() {
    CUdevice device;
    int major, minor;
    if (cuCtxGetDevice(&device) || cuDeviceGetAttribute(&major, 75, device) || cuDeviceGetAttribute(&minor, 76, device)) return 0;
    return 10 * major + minor;
}

}  // namespace cuemu

// What the generated entry points of the libraries' stubs do: the names that a program links against and the emulation lacks.
extern "C" int cuemu_library_lacks(const char* name, int status) {
    cuemuReport((std::string(name) + " was called, which is not emulated").c_str());
    return status;
}
