"""The filter of system calls: a program in classic BPF, which the kernel runs before each call of the guest.

A call that is barred fails with an error, as on a kernel that lacks it; all others go through. Barred is what reaches
into another process, makes namespaces, mounts, keeps memory or keys that belong to no process, or is a favourite way
into the kernel, and that no assignment needs. The program looks like this::

    is it this machine's architecture?      no: kill it (a 32-bit call has other numbers)
    is it an x32 call? (x86-64 only)        yes: ENOSYS
    clone: does it ask for a namespace?     yes: EPERM
    clone3                                  ENOSYS: its flags lie in memory; the C library then calls clone
    socket: is it of another family?        yes: EAFNOSUPPORT
    is it one of BARRED?                    yes: EPERM
    all else                                allow

Source: linux/seccomp.h, linux/bpf_common.h, and the table of calls of each architecture.
"""

import errno
import platform
import struct
from collections.abc import Sequence

# the numbers of x86-64 and of arm64; from 424 on, all architectures share one number
BARRED = {
    # another process: its memory, its files
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458), "open_tree_attr": (467, 467),
    # what outlives a process, or is memory of none: keys, System V's and POSIX's queues and segments, files in memory
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "shmget": (29, 194), "semget": (64, 190),
    "msgget": (68, 186), "mq_open": (240, 180), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # ways into the kernel
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "userfaultfd": (323, 282), "perf_event_open": (298, 241), "fanotify_init": (300, 262), "syslog": (103, 116),
}  # fmt: skip
CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
NEW_NAMESPACE = 0x02000000 | 0x00020000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
FAMILIES = (1, 2, 10)  # Unix, IPv4, IPv6; others, as vsock, are no part of the network namespace
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH
X32 = 0x40000000

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # ld [k]; jeq, jge, jset k; ret k
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # places in struct seccomp_data; the lower half of the argument
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000  # FAIL | an error number

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, k


def program(machine: str | None = None) -> list[Instruction]:
    """Return the filter's instructions.

    Args:
        machine: as `platform.machine` names it; default: this one.

    Raises:
        ValueError: there is none for this machine.

    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise ValueError(f"machine: expected {' or '.join(ARCHITECTURES)}, got {machine!r}")
    column, audit = ARCHITECTURES[machine]
    lines: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        *_unless(EQUAL, audit, KILL),
        (LOAD, 0, 0, NUMBER),
        *_if(AT_LEAST, X32, FAIL | errno.ENOSYS),
    ]
    namespace = [(LOAD, 0, 0, FIRST_ARGUMENT), *_if(ANY_BIT, NEW_NAMESPACE, FAIL | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    lines += _block(CLONE[column], namespace)
    families = [(EQUAL, len(FAMILIES) - k, 0, family) for k, family in enumerate(FAMILIES)]
    refuse = (RETURN, 0, 0, FAIL | errno.EAFNOSUPPORT)
    lines += _block(SOCKET[column], [(LOAD, 0, 0, FIRST_ARGUMENT), *families, refuse, (RETURN, 0, 0, ALLOW)])
    lines += _if(EQUAL, CLONE3[column], FAIL | errno.ENOSYS)
    for numbers in BARRED.values():
        lines += _if(EQUAL, numbers[column], FAIL | errno.EPERM)
    return [*lines, (RETURN, 0, 0, ALLOW)]


def _if(test: int, value: int, action: int) -> list[Instruction]:
    """Return `action` where the test holds, else go on."""
    return [(test, 0, 1, value), (RETURN, 0, 0, action)]


def _unless(test: int, value: int, action: int) -> list[Instruction]:
    """Return `action` where the test fails, else go on."""
    return [(test, 1, 0, value), (RETURN, 0, 0, action)]


def _block(number: int, lines: list[Instruction]) -> list[Instruction]:
    """Run `lines`, which return, for this call alone."""
    return [(EQUAL, 0, len(lines), number), *lines]


def as_bytes(lines: Sequence[Instruction]) -> bytes:
    """Return instructions as the kernel reads them: struct sock_filter, one after the other."""
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
