"""One process at a time: the others wait or are told, and a killed one gives its locks back."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.folders import temporary_folder
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR
from warehouse.storage.locks import hold_lock

HOLD = """
import sys, time
from pathlib import Path
from warehouse.storage.locks import hold_lock

with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_process(path):
    """One that has the lock until it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], cwd=PROJECT_DIR, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            process.kill()


def test_who_does_not_wait_is_told_and_a_killed_process_gives_its_lock_back(tmp_path):
    path = tmp_path / "below" / "lock"
    with another_process(path), pytest.raises(BlockingIOError), hold_lock(path, wait=False):
        pass
    with hold_lock(path):
        pass


def test_whoever_may_write_to_the_folder_can_take_the_lock(tmp_path):
    before = os.umask(0o022)
    try:
        for mode, wanted in ((0o2775, 0o664), (0o755, 0o644)):
            tmp_path.chmod(mode)
            with hold_lock(tmp_path / f"{mode}.lock"):
                pass
            assert (tmp_path / f"{mode}.lock").stat().st_mode & 0o777 == wanted
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_second_user_of_a_groups_folder_takes_the_lock_of_the_first():
    folder, (user, group) = temporary_folder(), (4321, 4322)
    os.chown(folder, 0, group)
    folder.chmod(0o2775)
    with hold_lock(folder / "lock"):
        pass
    try:
        os.setegid(group)
        os.seteuid(user)
        with hold_lock(folder / "lock"):
            pass
        with pytest.raises(WarehouseError, match="cannot be written"), hold_lock(Path("/lock")):
            pass
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(WarehouseError, match="lock cannot be written") as error,
        hold_lock(tmp_path / "file" / "lock"),
    ):
        pass
    assert "writable" in error.value.hint
