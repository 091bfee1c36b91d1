"""The README's generated parts: the commands' help, and the output of its queries.

`python -m tests.command_reference` writes them anew, from the warehouse in `./data`.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
PROGRAMS = ("ingest", "warehouse", "analysis")
REFERENCE = re.compile(r"(<!-- reference: begin [^\n]*-->\n).*?(<!-- reference: end -->)", re.S)
CONSOLE = re.compile(r"(```console\n\$ )([^\n]*)\n(.*?)(```)", re.S)


def run(*arguments: str) -> str:
    """Output of `python -m` with these arguments, 100 columns wide."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**_environment(), "COLUMNS": "100"},
    )
    return done.stdout


def command_reference() -> str:
    """Help of every program and command, as the README shows it."""
    parts = []
    for program in PROGRAMS:
        overview = run(program, "--help")
        commands = re.findall(r"^  ([a-z][a-z-]*)  ", overview.split("Commands:")[1], re.M)
        helps = [run(program, command, "--help") for command in commands]
        texts = "\n".join(text.strip() + "\n" for text in [overview, *helps])
        parts.append(
            f"<details><summary><code>python -m {program}</code></summary>\n\n"
            f"```text\n{texts}```\n\n</details>\n"
        )
    return "\n".join(parts)


def console_blocks(readme: str) -> list[tuple[str, str]]:
    """Each command that the README shows, and the output that it shows for it."""
    return [(command, output) for _, command, output, _ in CONSOLE.findall(readme)]


def run_command(command: str) -> str:
    """Output of a command that begins with `python -m`."""
    words = shlex.split(command)
    if words[:2] != ["python", "-m"]:
        raise ValueError(f"not a command of ours: {command}")
    return run(*words[2:]).rstrip("\n") + "\n"


def render(readme: str) -> str:
    """`readme` with its generated parts as they should be."""
    readme = REFERENCE.sub(lambda m: m[1] + command_reference() + m[2], readme)
    return CONSOLE.sub(lambda m: f"{m[1]}{m[2]}\n{run_command(m[2])}{m[4]}", readme)


def _environment() -> dict[str, str]:
    import os

    return {key: value for key, value in os.environ.items() if key != "COLUMNS"}


if __name__ == "__main__":
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
