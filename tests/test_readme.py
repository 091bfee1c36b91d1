"""The README says what is so: its reference and its outputs are made again and compared."""

import os
import re
import subprocess
import sys

import pytest
from PIL import Image

from tests.command_reference import PROGRAMS, README, command_reference, console_blocks, run_command
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


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_has_an_example(program):
    reference = command_reference()
    helps = reference.split(f"Usage: python -m {program} ")[2:]
    assert helps
    for text in helps:
        assert f"Example: python -m {program}" in text.split("Usage:")[0]


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
