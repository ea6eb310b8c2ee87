"""Where a student's code runs: the part of the package that faces hostile code.

Two processes talk through pipes, in messages that are data only::

    the grader's, with lecturelib and the tests      the student's, in bubblewrap, without lecturelib
    session.py   runs cells, calls functions    <->  guest.py   a script: runs the student's cells,
    process.py   starts, limits and kills it                    answers requests
    mounts.py    which files it sees                 wire.py    copied beside it
    seccomp.py   which system calls it may make
    memory.py    what it and its children use
    wire.py      encodes and decodes messages

`guest.py` runs in an interpreter of its own, where there is no `lecturelib`: it imports torch, the standard library
and `wire`. Everything that comes from it is the student's word, and `wire.decode` checks it.
"""
