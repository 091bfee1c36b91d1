"""The READMEs' generated parts: the commands' help, and the output of their queries.

`python -m tests.command_reference` writes them anew, from the warehouse in `./data`.
"""

import contextlib
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from typer.main import get_command

ROOT = Path(__file__).parent.parent
PROGRAMS = ("ingest", "warehouse", "analysis")
README = ROOT / "README.md"
READMES = [README, *(p for f in (*PROGRAMS, "sql") for p in sorted((ROOT / f).rglob("README.md")))]
REFERENCE = re.compile(r"(<!-- reference: begin [^\n]*-->\n).*?(<!-- reference: end -->)", re.S)
CONSOLE = re.compile(r"(```console\n\$ )([^\n]*)\n(.*?)(```)", re.S)


WIDE = {"COLUMNS": "100"}


def run(*arguments: str) -> str:
    """Output of `python -m` with these arguments, 100 columns wide."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **WIDE},
    )
    return done.stdout


def read_help(program: str, *command: str) -> str:
    """What `python -m` with these words and `--help` prints, without a new process."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), mock.patch.dict(os.environ, WIDE):
        commands(program).main(
            [*command, "--help"], prog_name=f"python -m {program}", standalone_mode=False
        )
    return printed.getvalue()


def commands(program: str) -> Any:
    """The commands of a program, as click has them."""
    return get_command(importlib.import_module(f"{program}.__main__").app)


def command_reference(program: str) -> str:
    """Help of every command of `program`, as the README in its folder shows it."""
    return "\n".join(
        f"### {name}\n\n```text\n{read_help(program, name).strip()}\n```\n"
        for name in commands(program).commands
    )


def console_blocks(readme: str) -> list[tuple[str, str]]:
    """Each command that a README shows, and the output that it shows for it."""
    return [(command, output) for _, command, output, _ in CONSOLE.findall(readme)]


def run_command(command: str) -> str:
    """Output of a command that begins with `python -m`."""
    words = shlex.split(command)
    if words[:2] != ["python", "-m"]:
        raise ValueError(f"not a command of ours: {command}")
    return run(*words[2:]).rstrip("\n") + "\n"


def render(path: Path) -> str:
    """The README at `path` with its generated parts as they should be."""
    readme = path.read_text(encoding="utf-8")
    if REFERENCE.search(readme):
        reference = command_reference(path.parent.name)
        readme = REFERENCE.sub(lambda m: m[1] + reference + m[2], readme)
    return CONSOLE.sub(lambda m: f"{m[1]}{m[2]}\n{run_command(m[2])}{m[4]}", readme)


if __name__ == "__main__":
    for path in READMES:
        path.write_text(render(path), encoding="utf-8")
