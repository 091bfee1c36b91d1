"""Names of files that are made from data: none of them leaves its folder.

A structure may be called .. or /etc/x, 1/1-0-1 or con; a file cannot. All code that makes a file's
name from what a table, a source or an option says takes it from here.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

UNFIT = re.compile(r"[^\w .,+=@()\[\]{}-]", re.UNICODE)
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
LONGEST = 120
"""Bytes of a name, which leaves room for an ending in the 255 that file systems allow."""


def file_name(name: str) -> str:
    """A file's name for `name`: itself where that can be, else with what is unfit made _.

    It has no slash, no leading dot or blank, is no device of Windows, and is not too long; then
    it ends with a digest of `name`.
    """
    text = name.encode("utf-8", "replace").decode()
    text = UNFIT.sub("_", text).strip(". ")
    if len(text.encode()) > LONGEST:
        text = text.encode()[:LONGEST].decode(errors="ignore")
        return f"{text}-{_digest(name)}"
    return f"_{text}" if not text or RESERVED.fullmatch(text) else text


def file_names(names: Sequence[str]) -> list[str]:
    """A file's name for each of `names`, all different, also where case does not count."""
    plain = [file_name(name) for name in names]
    counts = Counter(name.casefold() for name in plain)
    kept: set[str] = set()
    distinct = []
    for number, (name, own) in enumerate(zip(names, plain, strict=True)):
        chosen = own if counts[own.casefold()] == 1 or own == name else f"{own}-{_digest(name)}"
        if chosen.casefold() in kept:
            chosen = f"{own}-{_digest(f'{number} {name}')}"
        kept.add(chosen.casefold())
        distinct.append(chosen)
    return distinct


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
