"""`quarry`: one word before the commands of `python -m ingest`, `warehouse` and `analysis`.

A program is found by its name when it is called, so that the warehouse imports no neighbour and
`quarry --help` waits for none.
"""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from warehouse.settings import code_version

PROGRAMS = {
    "ingest": "Bring the sources into tables.",
    "warehouse": "Build, check and query the warehouse.",
    "analysis": "Fit models to the warehouse's views, judge them, and write the pages.",
}
EXAMPLE = 'quarry warehouse query "from marts.metrics"'


def quarry(words: Sequence[str] | None = None) -> None:
    """Run the program that the first of `words` names, by default the process's arguments.

    Exits as `python -m` of that program does; with 2 if there is no such program.
    """
    program, *rest = list(sys.argv[1:] if words is None else words) or [""]
    if program in PROGRAMS:
        app = import_module(f"{program}.__main__").app
        app(args=rest, prog_name=f"quarry {program}")
    elif program in ("-h", "--help"):
        print(usage())
    elif program == "--version":
        print(f"quarry {code_version()}")
    else:
        print(_complaint(program) if program else usage(), file=sys.stderr)
        sys.exit(2)


def usage() -> str:
    """What `quarry --help` says."""
    programs = "\n".join(f"  {name:<9}  {doc}" for name, doc in PROGRAMS.items())
    return (
        "Usage: quarry PROGRAM COMMAND [ARGS]...\n\n"
        "  The commands of `python -m PROGRAM`, by a shorter name.\n\n"
        f"  Example: {EXAMPLE}\n\n"
        f"Programs:\n{programs}\n\n"
        "`quarry PROGRAM --help` lists a program's commands, `quarry --version` tells what to cite."
    )


def _complaint(word: str) -> str:
    near = get_close_matches(word, PROGRAMS, n=1)
    meant = f"quarry {near[0]} --help" if near else "quarry --help"
    return f"Error: there is no program '{word}': {', '.join(PROGRAMS)}\n  Try: {meant}"
