# attack: calls the kernel by the x32 numbers, which a filter by plain numbers would not know
# how: exec
# expect: outcome=policy_violation syscall="getpid (x32)"
        .globl _start
_start: mov     $0x40000027, %eax
        syscall
        mov     $1, %eax
        mov     $1, %edi
        lea     text(%rip), %rsi
        mov     $8, %edx
        syscall
        mov     $60, %eax
        xor     %edi, %edi
        syscall
        .section .rodata
text:   .ascii  "ESCAPED\n"
        .section .note.GNU-stack,"",@progbits
