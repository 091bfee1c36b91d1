"""The exercise sheet: whatever it tells people to try works, and shows what it says."""

import re
import shlex
import shutil
from html import unescape

import pytest
import typer
from typer.testing import CliRunner

import analysis.__main__
import ingest.__main__
import warehouse.__main__
from analysis.report.workshop import show_cell

PROGRAMS = {
    "analysis": analysis.__main__.app,
    "ingest": ingest.__main__.app,
    "warehouse": warehouse.__main__.app,
}

(UsageError,) = typer.BadParameter.__bases__


@pytest.fixture(scope="module")
def sheet(reports):
    return (reports / "workshop.html").read_text(encoding="utf-8")


def blocks(sheet, kind):
    return [
        unescape(text) for text in re.findall(rf'<pre class="{kind}"[^>]*>(.*?)</pre>', sheet, re.S)
    ]


def commands(sheet):
    """Words of each command to try that is one of ours, without `python -m`."""
    lines = [shlex.split(line) for text in blocks(sheet, "command") for line in text.splitlines()]
    assert all(words[:2] == ["python", "-m"] or words[0] == "cp" for words in lines)
    return [words[2:] for words in lines if words[0] == "python"]


def test_every_query_to_try_gives_the_rows_beside_it(sheet, connection):
    parts = sheet.split('<pre class="sql"')[1:]
    assert len(parts) >= 12
    for part in parts:
        sql = unescape(re.search(r"[^>]*>(.*?)</pre>", part, re.S)[1])
        table = part.partition("<tbody>")[2].partition("</tbody>")[0]
        shown = [
            [
                unescape(re.sub("<.*?>", "", cell))
                for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)
            ]
            for row in re.findall("<tr>(.*?)</tr>", table, re.S)
        ]
        found = connection.sql(sql).pl()
        assert not any(column.is_null().all() for column in found), sql
        rows = found.rows()
        assert shown == [[show_cell(value) for value in row] for row in rows]


def parse(program, *arguments):
    """Read arguments as the program does, without running it."""
    group = typer.main.get_command(PROGRAMS[program])
    with typer.Context(group) as outer:
        name, command, rest = group.resolve_command(outer, list(arguments))
        command.make_context(name, rest, parent=outer)


def test_every_command_to_try_exists_with_its_options(sheet):
    assert len(commands(sheet)) >= 7
    for words in commands(sheet):
        parse(*words)
    with pytest.raises(UsageError, match="No such option"):
        parse("analysis", "metals", "--forecast", "GaN")


def test_the_cheap_commands_run_in_the_copy_that_the_sheet_makes(sheet, fitted, tmp_path):
    play = shutil.copytree(fitted, tmp_path / "play")
    printed = {}
    for program, command, *rest in commands(sheet):
        if (program, command) in {
            ("warehouse", "build"),
            ("warehouse", "query"),
            ("analysis", "metals"),
        }:
            arguments = [str(play) if word == "play" else word for word in rest]
            if "--warehouse" not in arguments:
                arguments += ["--warehouse", str(play)]
            done = CliRunner().invoke(PROGRAMS[program], [command, *arguments])
            assert done.exit_code == 0, done.output
            printed["try" if "--features" in rest else command] = done.output
    assert printed.keys() == {"build", "query", "metals", "try"}
    # Averages of elements' properties, with their shares: some of what the elements say.
    (accuracy,) = re.findall(r"balanced_accuracy +([\d.]+) +([\d.]+)", printed["try"])
    assert 0.6 < float(accuracy[1]) < 1
    for line in printed["metals"].splitlines():
        assert line in unescape(sheet)


def test_every_exercise_has_something_to_try_a_question_and_a_folded_answer(sheet):
    exercises = sheet.split('<article class="exercise"')[1:]
    assert len(exercises) == 14
    for exercise in exercises:
        assert '<div class="try">' in exercise
        assert "<strong>Question.</strong>" in exercise
        assert re.search(r'<details class="answer"><summary>', exercise)
        assert "What you should see" in exercise


def test_no_number_is_missing_from_a_sentence(sheet):
    text = re.sub(r"<(script|style).*?</\1>", "", sheet, flags=re.S)
    assert not re.search(r"\b(None|nan|Undefined)\b|\(n = \)|: ,", re.sub("<.*?>", "", text))


def test_the_first_hand_calculation_is_what_the_table_shows(sheet, connection):
    """L1₀: (4 - 8) / 12; L1₂: (-12 + 3 (8 - 4)) / 48."""
    sql = blocks(sheet, "sql")[0]
    rows = {row["structure_id"]: row for row in connection.sql(sql).pl().to_dicts()}
    assert rows["2-1-1"]["orbit_2"] == pytest.approx(-1 / 3, abs=1e-4)
    assert rows["4-6-1"]["orbit_2"] == pytest.approx(0)


def test_a_query_can_be_pasted_into_the_prompt_which_waits_for_a_semicolon(sheet):
    assert all(re.search(r"[^;\s];$", sql) for sql in blocks(sheet, "sql"))


def test_all_columns_of_the_numbers_of_a_model_fit_a_usual_terminal(sheet, connection, capsys):
    for sql in blocks(sheet, "sql"):
        if "raw.materials" not in sql:
            connection.sql(sql).show(max_width=80)
            assert "shown" not in capsys.readouterr().out, sql


def test_the_mixing_ratios_are_judged_as_on_the_page_of_the_study(sheet, reports):
    page = (reports / "cluster_expansion.html").read_text(encoding="utf-8")
    found = re.search(r"(\d+) of (\d+) settings, with (\d+) of (\d+) mixing ratios", page)
    exercise = " ".join(sheet.partition('id="mixing"')[2].partition("</article>")[0].split())
    words = r"(\d+) of (\d+) settings, .*? standard error, at (\d+) of (\d+) ratios"
    assert re.search(words, exercise).groups() == found.groups()


def test_the_strength_with_the_lowest_validation_error_is_in_the_table(sheet, connection):
    sql = next(sql for sql in blocks(sheet, "sql") if "training_error" in sql)
    lowest = connection.sql(
        "select min(value) from marts.curves where study = 'cluster_expansion' "
        "and dataset = 'au-cu' and curve = 'strength' and model = 'ridge' "
        "and metric = 'rmse' and part = 'validation'"
    ).fetchall()[0][0]
    found = connection.sql(sql).pl()["validation_error"].min()
    assert found == pytest.approx(lowest, abs=5e-4)


def test_a_formula_is_read_aloud_and_needs_no_font(sheet):
    assert sheet.count("<math") >= 8
    assert "font-face" not in sheet
