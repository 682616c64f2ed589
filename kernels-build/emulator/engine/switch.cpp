#include "switch.h"

asm(R"(
    .text
    .globl cuemu_switch
    .hidden cuemu_switch
    .type cuemu_switch, @function
    .p2align 4
cuemu_switch:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %rcx
    jmp *%rcx
    .size cuemu_switch, .-cuemu_switch

    .globl cuemu_jump
    .hidden cuemu_jump
    .type cuemu_jump, @function
    .p2align 4
cuemu_jump:
    mov %rdi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %rcx
    jmp *%rcx
    .size cuemu_jump, .-cuemu_jump
)");
