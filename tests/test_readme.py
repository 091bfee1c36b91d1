"""The README says what is so: its reference and its outputs are made again and compared."""

import os
import re
import subprocess
import sys

import pytest
from PIL import Image

from tests.command_reference import (
    README,
    command_reference,
    console_blocks,
    read_help,
    run,
    run_command,
)
from tests.pictures import FOLDER, PICTURES


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """Everything that `make ingest build` makes."""
    folder = tmp_path_factory.mktemp("readme")
    for command in (["ingest", "all"], ["warehouse", "build"]):
        subprocess.run(
            [sys.executable, "-m", *command, "--warehouse", folder],
            check=True,
            capture_output=True,
        )
    return folder


def test_command_reference_is_what_help_says():
    assert command_reference() in README.read_text(encoding="utf-8")
    assert read_help("warehouse") == run("warehouse", "--help")


def test_every_output_in_the_readme_is_real(warehouse, monkeypatch):
    monkeypatch.setitem(os.environ, "WAREHOUSE_DIR", str(warehouse))
    blocks = console_blocks(README.read_text(encoding="utf-8"))
    assert len(blocks) >= 4
    for command, output in blocks:
        assert run_command(command) == output, command


def test_every_picture_is_shown_small_and_as_its_target_takes_it():
    shown = re.findall(r"!\[[^]]+\]\(tests/pictures/([^)]+)\)", README.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(picture.name for picture in PICTURES)
    for picture in PICTURES:
        with Image.open(FOLDER / picture.name) as image:
            assert image.size == (picture.width, picture.height)
    assert sum((FOLDER / name).stat().st_size for name in shown) < 500_000


def test_shipped_data_break_no_rule(warehouse):
    checked = subprocess.run(
        [sys.executable, "-m", "warehouse", "check", "--warehouse", warehouse],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "FAIL" not in checked.stdout
