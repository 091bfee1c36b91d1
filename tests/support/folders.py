"""Folders for what several tests share, gone when the tests end."""

import atexit
import shutil
import tempfile
from pathlib import Path


def temporary_folder() -> Path:
    """A new folder that lasts until the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="quarry-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
