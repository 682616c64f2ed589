# From a list of function names: a trampoline for each, the table of their targets, and the names. x86-64 assembly for ELF.
NF > 0 && $1 !~ /^#/ { names[count++] = $1 }

END {
    print "    .text"
    for (i = 0; i < count; i++) {
        printf "    .globl %s\n    .type %s, @function\n    .p2align 4\n%s:\n    endbr64\n    jmp *forwarded_targets+%d(%%rip)\n    .size %s, .-%s\n",
            names[i], names[i], names[i], 8 * i, names[i], names[i]
    }
    print "    .section .rodata"
    for (i = 0; i < count; i++) {
        printf ".Lname%d:\n    .string \"%s\"\n", i, names[i]
    }
    print "    .p2align 2\n    .globl forwarded_count\n    .hidden forwarded_count\nforwarded_count:\n    .long " count
    print "    .section .data.rel.ro, \"aw\"\n    .p2align 3\n    .globl forwarded_names\n    .hidden forwarded_names\nforwarded_names:"
    for (i = 0; i < count; i++) {
        printf "    .quad .Lname%d\n", i
    }
    print "    .bss\n    .p2align 3\n    .globl forwarded_targets\n    .hidden forwarded_targets\nforwarded_targets:\n    .zero " 8 * count
    print "    .section .note.GNU-stack, \"\", @progbits"
}
