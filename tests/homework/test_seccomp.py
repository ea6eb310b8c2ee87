"""The filter of system calls: what it answers, for both architectures, by an interpreter of its instructions."""

import errno

import pytest

from lecturelib.homework.sandbox import seccomp

ALLOWED, EPERM, ENOSYS = seccomp.ALLOW, seccomp.FAIL | errno.EPERM, seccomp.FAIL | errno.ENOSYS
NO_FAMILY = seccomp.FAIL | errno.EAFNOSUPPORT
THREAD = 0x3D0F00  # the flags of a thread, and below those of fork, with a signal
FORK = 0x01200011
USER, TIME = 0x10000000, 0x80
ARM = "aarch64"
EACH = [("x86_64", 0xC000003E), (ARM, 0xC00000B7)]


def answer(machine: str, audit: int, number: int, argument: int = 0) -> int:
    """What the kernel would do: linux/Documentation/networking/filter.rst."""
    data = {0: number, 4: audit, 16: argument & 0xFFFFFFFF}
    lines, place, loaded = seccomp.program(machine), 0, 0
    while True:
        code, true, false, k = lines[place]
        place += 1
        if code == 0x20:
            loaded = data[k]
        elif code == 0x06:
            return k
        else:
            holds = {0x15: loaded == k, 0x35: loaded >= k, 0x45: bool(loaded & k)}[code]
            place += true if holds else false


@pytest.mark.parametrize(("machine", "audit"), EACH)
def test_what_is_barred_and_what_is_not(machine: str, audit: int):
    column = seccomp.ARCHITECTURES[machine][0]
    for numbers in seccomp.BARRED.values():
        assert answer(machine, audit, numbers[column]) == EPERM
    barred = {numbers[column] for numbers in (*seccomp.BARRED.values(), seccomp.CLONE3)}
    others = [number for number in range(500) if number not in barred]
    assert {answer(machine, audit, number, 1) for number in others} == {ALLOWED}
    clone, socket = seccomp.CLONE[column], seccomp.SOCKET[column]
    assert answer(machine, audit, clone, THREAD) == answer(machine, audit, clone, FORK) == ALLOWED
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, USER, 0x20000000, 0x40000000):
        assert answer(machine, audit, clone, flag | FORK) == EPERM
    assert answer(machine, audit, seccomp.CLONE3[column]) == ENOSYS
    assert [answer(machine, audit, socket, family) for family in (1, 2, 10)] == [ALLOWED] * 3
    assert {answer(machine, audit, socket, family) for family in (16, 17, 38, 40)} == {NO_FAMILY}
    assert answer(machine, audit, seccomp.X32 | numbers[column]) == ENOSYS


def test_another_architecture_s_call_ends_the_process():
    assert answer("x86_64", 0x40000003, 11) == seccomp.KILL  # 32-bit: 26 is ptrace there
    assert answer(ARM, 0x40000028, 26) == seccomp.KILL
    with pytest.raises(ValueError, match="machine: expected x86_64 or aarch64, got 'riscv64'"):
        seccomp.program("riscv64")


def test_the_kernel_s_form():
    start = seccomp.as_bytes(seccomp.program("x86_64"))[:16]
    assert start.hex() == "2000000004000000" + "150001003e0000c0"[:4] + "01003e0000c0"  # little-endian
    lines = seccomp.program("aarch64")
    assert all(0 <= jump < 256 for line in lines for jump in line[1:3])
    assert len(lines) < 4096
