"""The READMEs say what is so: references and outputs are made again and compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.command_reference import (
    PROGRAMS,
    README,
    READMES,
    ROOT,
    command_reference,
    commands,
    console_blocks,
    read_help,
    run,
    run_command,
)
from tests.pictures import FOLDER, PICTURES

PAPERS = [*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)


def anchors(path: Path) -> set[str]:
    """What a link may name after `#`, as GitHub makes it from the headings."""
    headings = re.findall(r"^#+ (.*)$", without_code(path.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


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


@pytest.mark.parametrize("program", PROGRAMS)
def test_command_reference_is_what_help_says(program):
    readme = (ROOT / program / "README.md").read_text(encoding="utf-8")
    assert command_reference(program) in readme
    assert read_help(program) == run(program, "--help")


def test_the_front_door_is_short_and_names_every_command():
    front = README.read_text(encoding="utf-8")
    assert len(front.splitlines()) <= 300
    for program in PROGRAMS:
        (listed,) = re.findall(rf"^\| \[`python -m {program}`\].*\| `([^`]*)` \|$", front, re.M)
        assert listed.split() == list(commands(program).commands)


def test_every_output_in_a_readme_is_real(warehouse, monkeypatch):
    monkeypatch.setitem(os.environ, "WAREHOUSE_DIR", str(warehouse))
    blocks = [
        block for path in READMES for block in console_blocks(path.read_text(encoding="utf-8"))
    ]
    assert len(blocks) >= 4
    for command, output in blocks:
        assert run_command(command) == output, command


@pytest.mark.parametrize("path", PAPERS, ids=name)
def test_every_link_leads_somewhere(path):
    for link in LINK.findall(without_code(path.read_text(encoding="utf-8"))):
        if not re.match(r"https?://", link):
            place, _, anchor = link.partition("#")
            target = (path.parent / place).resolve() if place else path
            assert target.is_relative_to(ROOT), link
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_the_front_door_leads_to_every_readme():
    reached, todo = set(), [README]
    while todo:
        path = todo.pop()
        reached.add(path)
        links = LINK.findall(without_code(path.read_text(encoding="utf-8")))
        targets = {(path.parent / link.partition("#")[0]).resolve() for link in links}
        todo += [target for target in targets & set(READMES) if target not in reached]
    assert reached == set(READMES)


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
