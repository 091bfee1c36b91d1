"""Every command's help has an example that its own options accept."""

import importlib
import re
import shlex

import pytest
from typer.main import get_command

from tests.command_reference import PROGRAMS


def examples():
    for program in PROGRAMS:
        commands = get_command(importlib.import_module(f"{program}.__main__").app).commands
        for command in commands.values():
            for line in re.findall(r"Example: python -m (.*)", command.help):
                yield pytest.param(command, shlex.split(line), id=line)


@pytest.mark.parametrize(("command", "words"), list(examples()))
def test_the_example_of_a_command_is_understood(command, words):
    name, arguments = words[1], words[2:]
    assert command.name == name
    command.make_context(name, arguments)  # fails for what it does not know
