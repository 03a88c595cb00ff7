# The harness: runs cases under qemu's user mode and reports what the processor was left with. Freestanding (no library, raw
# system calls), one source for 64-bit and 32-bit, either byte order: `as --defsym BITS=64`. Its one idea: whatever a case
# does, it ends in a signal, and the frame of that signal holds every register as the case left it.
#
# A case on standard input is a record, a result on standard output another; harness.ts writes and reads them. Registers are
# as wide as the processor:
#
#     case:    r0..r31, CR, XER, LR, CTR; 64 bytes of data; 128 bytes of code
#     result:  r0..r31, NIP, MSR, -, CTR, LR, XER, CR; the signal; 64 bytes of data
#
# The code is put at 0x11000200, in a page full of traps, so that a case which runs past its end stops; the data at
# 0x30000100, in a page of zeros.

    .set DATA, 0x30000100
    .set DATA_BYTES, 64
    .set CODE_BYTES, 128
    .set REGISTERS, 36                  # of a case
    .set SAVED, 39                      # of a result: pt_regs up to the CR
    .set EXIT, 1
    .set READ, 3
    .set WRITE, 4
    .set RT_SIGACTION, 173
    .set SIGALTSTACK, 185
    .set TRAP, 0x7fe00008

.if BITS == 64
    .abiversion 2                       # functions and handlers are entered at their first instruction, not by descriptor
    .machine power10
    .set W, 8
    .macro lr_  register, at
    ld      \register, \at
    .endm
    .macro str_ register, at
    std     \register, \at
    .endm
    .macro long_ values:vararg
    .quad   \values
    .endm
.else
    .machine ppc
    .set W, 4
    .macro lr_  register, at
    lwz     \register, \at
    .endm
    .macro str_ register, at
    stw     \register, \at
    .endm
    .macro long_ values:vararg
    .long   \values
    .endm
.endif
    .set IN_BYTES, REGISTERS * W + DATA_BYTES + CODE_BYTES
    .set OUT_BYTES, (SAVED + 1) * W + DATA_BYTES

    # All addresses of the program are below 2^31.
    .macro address register, symbol
    lis     \register, \symbol@ha
    addi    \register, \register, \symbol@l
    .endm
    .macro call number
    li      0, \number
    sc
    .endm
    # Copies `words` words; both registers are then behind what they copied. Uses r0 and CTR.
    .macro copy to, from, words
    li      0, \words
    mtctr   0
    addi    \from, \from, -4
    addi    \to, \to, -4
9:  lwzu    0, 4(\from)
    stwu    0, 4(\to)
    bdnz    9b
    addi    \from, \from, 4
    addi    \to, \to, 4
    .endm

    .text
    .globl _start
_start:
    address 3, stack
    li      4, 0
    call    SIGALTSTACK
    address 30, signals
1:  lwz     3, 0(30)
    cmpwi   3, 0
    beq     next
    address 4, action
    li      5, 0
    li      6, 8
    call    RT_SIGACTION
    addi    30, 30, 4
    b       1b

next:                                   # read a whole case; the end of the input is the end
    address 30, in
    li      31, IN_BYTES
1:  li      3, 0
    mr      4, 30
    mr      5, 31
    call    READ
    cmpwi   3, 0
    ble     exit
    add     30, 30, 3
    subf.   31, 3, 31
    bne     1b

    address 4, in + REGISTERS * W
    address 3, DATA
    copy    3, 4, DATA_BYTES / 4
    address 3, code
    copy    3, 4, CODE_BYTES / 4
    address 3, code
    li      5, CODE_BYTES / 32          # a cache block has 32 bytes or more
    mtctr   5
1:  dcbst   0, 3
    sync
    icbi    0, 3
    addi    3, 3, 32
    bdnz    1b
    isync
    address 4, scratch                  # nothing is left over from the case before: no reservation, VRSAVE, TAR
    stwcx.  0, 0, 4
.if BITS == 64
    li      3, 0
    mtspr   256, 3
    mtspr   815, 3
.endif

    address 31, in
    address 3, enter
    mtctr   3
    bctr

handler:                                # r3: signal, r5: ucontext, in which a pointer leads to the registers
.if BITS == 64
    ld      6, 224(5)
.else
    lwz     6, 48(5)
.endif
    mr      31, 3
    address 7, out
    copy    7, 6, SAVED * W / 4
    str_    31, 0(7)
    addi    7, 7, W
    address 6, DATA
    copy    7, 6, DATA_BYTES / 4
    li      3, 1
    address 4, out
    li      5, OUT_BYTES                # below what a pipe takes at once
    call    WRITE
    cmpwi   3, OUT_BYTES
    beq     next
exit:
    call    EXIT

    .data
    .balign 16
signals:
    .long   4, 5, 7, 8, 11, 0           # SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
    .balign 16
action:                                 # SA_SIGINFO, SA_ONSTACK, SA_NODEFER
    long_   handler, 0x48000004, 0, 0, 0
stack:
    long_   own
.if BITS == 64
    .long   0, 0
.else
    .long   0
.endif
    long_   65536
    .balign 16
scratch:
    .long   0, 0

    .bss
    .balign 16
in:
    .space  IN_BYTES
out:
    .space  OUT_BYTES
    .balign 16
own:
    .space  65536

    # The page of the cases: traps, their code, traps, and at its end what loads the registers, because a branch that needs no
    # register must lead from there to the code.
    .section .cases, "awx"
    .rept 0x200 / 4
    .long   TRAP
    .endr
code:
    .rept (0xff00 - 0x200) / 4
    .long   TRAP
    .endr
enter:
    lr_     3, 32 * W(31)
    mtcrf   255, 3
    lr_     3, 33 * W(31)
    mtxer   3
    lr_     3, 34 * W(31)
    mtlr    3
    lr_     3, 35 * W(31)
    mtctr   3
    .set n, 0
    .rept 32                            # r31, the base, last
    lr_     n, n * W(31)
    .set n, n + 1
    .endr
    b       code
    .balign 256

    .section .window, "aw", @nobits
    .space  65536
