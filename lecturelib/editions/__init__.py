"""The book's other editions, made from the built site and from the notebooks.

python -m lecturelib.editions archive SITE FILE.zip  # the whole site as one file, with its checksum
"""

from lecturelib.editions.archive import pack, write_checksum

__all__ = ["pack", "write_checksum"]
