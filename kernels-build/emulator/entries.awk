# Reads a preprocessed kernel source in which __global__ became CUEMU_GLOBAL and __launch_bounds__(...) became CUEMU_BOUNDS(...), and prints
# CUEMU_KERNEL(name, bounds) for each `extern "C"` definition.
# Only what comes from kernel sources is kept: the rest is 20,000 lines of system headers.
/^# [0-9]+ "/ { ours = $3 ~ /\.cuh?"$/ }
ours && !/^#/ { text = text " " $0 }

# The text inside the parentheses that open at position `open` of s.
function inside(s, open,    depth, i, c) {
    depth = 0
    for (i = open; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "(") depth++
        if (c == ")" && --depth == 0) return substr(s, open + 1, i - open - 1)
    }
    return ""
}

END {
    while ((at = index(text, "CUEMU_GLOBAL")) > 0) {
        before = substr(text, 1, at - 1)
        text = substr(text, at + length("CUEMU_GLOBAL"))
        head = text
        sub(/[{;].*/, "", head)
        ending = substr(text, length(head) + 1, 1)
        # The bound may stand before or after __global__; a definition starts after the last ; or }.
        sub(/.*[;}]/, "", before)
        bounds = ""
        both = before head
        if ((open = index(both, "CUEMU_BOUNDS")) > 0) {
            bounds = inside(both, open + length("CUEMU_BOUNDS"))
            cut = index(head, "CUEMU_BOUNDS")
            if (cut > 0) {
                head = substr(head, cut + length("CUEMU_BOUNDS") + length(bounds) + 2)
            }
        }
        if (ending != "{" || before !~ /extern *"C"/) continue
        name = head
        sub(/\(.*/, "", name)
        n = split(name, words, /[ \t]+/)
        while (n > 0 && words[n] == "") n--
        print "CUEMU_KERNEL(" words[n] (bounds == "" ? "" : ", " bounds) ")"
    }
}
