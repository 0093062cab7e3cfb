# attack: calls the kernel by the 32-bit door, where numbers and arguments mean something else
# how: exec
# expect: outcome=policy_violation syscall="getpid (i386)"
        .globl _start
_start: mov     $20, %eax
        int     $0x80
        mov     $1, %eax            # write(1, text, 8)
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
