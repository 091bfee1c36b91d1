"""One process at a time: the others wait or are told, and a killed one gives its locks back."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.folders import temporary_folder
from tests.support.samples import PROVENANCE, make_warehouse, material, materials
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR
from warehouse.storage.files import share_like_folder
from warehouse.storage.locks import hold_lock
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_lock_that_another_user_may_only_read_becomes_the_folders():
    folder, user = temporary_folder(), 4321
    os.chown(folder, user, -1)
    path = folder / "lock"
    path.touch()
    path.chmod(0o644)  # root's, as older code made it
    os.seteuid(user)
    try:
        with hold_lock(path):
            assert path.stat().st_uid == user
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_a_folder_may_not_be_read_for_is_told():
    store = Store(Warehouse(temporary_folder() / "data"))
    store.replace("materials", materials(material()), provenance=PROVENANCE)
    closed = store.path("materials") / "_delta_log"
    closed.chmod(0o700)
    os.seteuid(4321)
    try:
        with pytest.raises(WarehouseError, match="cannot be read: Permission denied") as caught:
            store.read("materials")
        assert "chmod" in caught.value.hint
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_groups_folder_stays_the_groups_whatever_the_umask(tmp_path, umask):
    tmp_path.chmod(0o2775)
    before = os.umask(umask)
    try:
        make_warehouse(Store(Warehouse(tmp_path / "data")))
        (tmp_path / "own").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o666 & ~umask
    for path in (tmp_path / "data").rglob("*"):
        wanted = 0o070 if path.is_dir() else 0o060
        assert path.stat().st_mode & wanted == wanted, path


def test_a_folder_of_ones_own_stays_so_below_one_for_everybody(tmp_path):
    tmp_path.chmod(0o1777)
    before = os.umask(0o077)
    try:
        with share_like_folder(tmp_path / "data"):
            (tmp_path / "data").mkdir()
    finally:
        os.umask(before)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(WarehouseError, match="lock cannot be written") as error,
        hold_lock(tmp_path / "file" / "lock"),
    ):
        pass
    assert "writable" in error.value.hint
