"""Files and folders that are there whole or not at all, also after a loss of power."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.storage.files import is_on_disk, share_like_folder, sync_path

DRAFTS = ".build-"
"""How the name of a folder with a draft begins; a process that was killed leaves it behind."""
ANSWERS = ".query-"
"""Likewise, of a folder with rows on their way to who asked for them."""


@contextmanager
def draft_file(path: Path) -> Iterator[Path]:
    """Hand out a path to write to; it becomes the file `path` if the work with it ends well.

    The draft has the name of the file, in a folder of its own beside it. A link is followed. What
    is no file, such as a pipe, takes the whole when it is there, as an object in a bucket does.
    """
    if is_on_disk(path):
        path = path.resolve()
    if not is_on_disk(path) or (path.exists() and not path.is_file()):
        with tempfile.TemporaryDirectory(prefix="quarry-") as folder:
            draft = Path(folder) / path.name
            yield draft
            with draft.open("rb") as whole, path.open("wb") as target:
                shutil.copyfileobj(whole, target)
        return
    with (
        share_like_folder(path),
        tempfile.TemporaryDirectory(dir=path.parent, prefix=DRAFTS) as folder,
    ):
        draft = Path(folder).resolve() / path.name
        yield draft
        if path.exists():
            shutil.copymode(path, draft)
        sync_path(draft)
        draft.replace(path)
    sync_path(path.parent)


def write_file(path: Path, data: bytes) -> None:
    """Write `data` as the file `path`, see `draft_file`."""
    with draft_file(path) as draft:
        draft.write_bytes(data)


@contextmanager
def draft_folder(folder: Path) -> Iterator[Path]:
    """Hand out a path for a new folder; it takes the place of `folder` if the work ends well.

    In a bucket, where nothing can be renamed, it is `folder` itself: what it held goes at the end.
    """
    if not is_on_disk(folder):
        held = list(folder.iterdir()) if folder.exists() else []
        yield folder
        for file in held:
            file.unlink()
        return
    with share_like_folder(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        share_like_folder(folder),
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=DRAFTS) as drafts,
    ):
        draft = Path(drafts) / "new"
        yield draft
        for path in (*draft.rglob("*"), draft):
            sync_path(path)
        old = Path(drafts) / "old"
        if folder.exists():
            folder.replace(old)
        try:
            draft.replace(folder)
        finally:
            if not folder.exists() and old.exists():
                old.replace(folder)
    sync_path(folder.parent)
