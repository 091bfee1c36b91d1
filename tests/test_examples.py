"""Every command says where its warehouse is, and has examples that its own options accept."""

import re
import shlex

import pytest

from tests.command_reference import PROGRAMS, commands

COMMANDS = [
    pytest.param(program, name, command, id=f"{program} {name}")
    for program in PROGRAMS
    for name, command in commands(program).commands.items()
]


@pytest.mark.parametrize(("program", "name", "command"), COMMANDS)
def test_the_examples_of_a_command_are_understood(program, name, command):
    examples = re.findall(r"Example: python -m (.*)", command.help)
    assert examples
    for example in examples:
        words = shlex.split(example)
        assert words[:2] == [program, name]
        command.make_context(name, words[2:])  # fails for what it does not know


@pytest.mark.parametrize(("program", "name", "command"), COMMANDS)
def test_a_command_is_told_its_warehouse(program, name, command):
    assert any("--warehouse" in parameter.opts for parameter in command.params)
