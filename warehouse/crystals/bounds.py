"""Files that end: regular ones only, packed ones unpacked up to a limit, lines of some length.

What a user names, or what lies in a folder, can be a pipe that nobody fills, or a small file that
unpacks to gigabytes. Each is told in one sentence.
"""

import bz2
import gzip
import io
import lzma
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

MOST_BYTES = 8_000_000_000
"""Largest file that is read, unpacked."""
MOST_EXPANSION = 150
"""A packed file that unpacks to more than so many times its size is none of text."""
FREE_BYTES = 50_000_000
"""So much a packed file may unpack to in any case."""
UNPACKERS: Mapping[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
}
"""What unpacks a file by its first bytes."""
LONGEST_LINE = 1_000_000
TOO_LONG = "\x00 a line of more than 1 MB"
"""Stands for a line that is too long to be kept."""


class ReadingError(ValueError):
    """A file that is not read, and why."""


def check_regular(path: Path) -> int:
    """Size in bytes of a regular file that may be read; raises ReadingError for anything else."""
    try:
        status = path.stat()
    except OSError as error:
        raise ReadingError(f"cannot be read: {error.strerror or error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise ReadingError(f"is {_kind(status.st_mode)}, and only regular files are read")
    if status.st_size > MOST_BYTES:
        raise ReadingError(f"has {status.st_size / 1e9:.1f} GB, more than the {MOST_BYTES / 1e9:g}")
    return status.st_size


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe (FIFO)",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "no file")


def open_bounded(path: Path) -> BinaryIO:
    """Open a regular file, unpacked by what its first bytes say (gzip, bzip2, xz).

    Raises ReadingError if it is no regular file or cannot be opened; so does reading on, once it
    unpacks to too much.
    """
    size = check_regular(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise ReadingError(f"cannot be read: {error.strerror or error}") from error
    start = file.read(6)
    file.seek(0)
    for mark, unpack in UNPACKERS.items():
        if start.startswith(mark):
            return io.BufferedReader(_Unpacked(file, cast(BinaryIO, unpack(file)), size), 1 << 18)
    return file


class _Unpacked(io.RawIOBase):
    """A packed file that refuses to unpack to far more than its size."""

    def __init__(self, packed: BinaryIO, file: BinaryIO, size: int) -> None:
        super().__init__()
        self.packed, self.file = packed, file
        self.limit = min(max(FREE_BYTES, MOST_EXPANSION * size), MOST_BYTES)
        self.n_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.file.read(len(buffer))
        self.n_read += len(data)
        if self.n_read > self.limit:
            raise ReadingError(f"unpacks to more than {self.limit / 1e6:,.0f} MB")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.file.close()
        self.packed.close()
        super().close()


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a text file without their ends; what is not UTF-8 is read as Latin-1."""
    with open_bounded(path) as file:
        while line := file.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                yield TOO_LONG
            else:
                yield decode(line).rstrip("\r\n")


def read_text(path: Path, most: int) -> str:
    """A whole text file of at most `most` bytes; raises ReadingError if it has more."""
    with open_bounded(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ReadingError(f"has more than {most / 1e6:g} MB")
    return decode(content)


def decode(content: bytes) -> str:
    """Text by its mark of order (UTF-16, UTF-8), else UTF-8, else Latin-1, which is never wrong."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    return content.decode("latin-1")


def clean_text(text: str) -> str:
    """`text` as any table can keep it: bytes of a file's name that are not UTF-8 as Latin-1."""
    try:
        text.encode()
    except UnicodeEncodeError:
        with suppress(UnicodeEncodeError):
            return decode(text.encode("utf-8", "surrogateescape"))
        return text.encode("utf-8", "replace").decode()
    return text
