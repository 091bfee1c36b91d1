"""`python -m analysis` and `make`, as a user types them."""

import os
import shutil
import subprocess

import polars as pl
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.commands import figure
from analysis.pages.page import PAGES
from tests.analysis.conftest import SPACE
from warehouse.catalog.build import build_catalog
from warehouse.settings import PROJECT_DIR
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


@pytest.fixture
def warehouse(unfitted, tmp_path):
    folder = tmp_path / "a warehouse"
    shutil.copytree(unfitted, folder)
    build_catalog(Store(Warehouse(folder)))
    return folder


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, **options)


def analyse(warehouse, *arguments):
    words = [*arguments, "--warehouse", warehouse]
    return CliRunner().invoke(app, list(map(str, words)), prog_name="python -m analysis")


def test_a_method_named_twice_is_fitted_once_and_not_again(warehouse):
    command = ("cluster-expansion", "--cluster-space", SPACE, "--methods", "ridge,ridge")
    done = analyse(warehouse, *command)
    assert done.exit_code == 0, done.output
    counts = (
        Store(Warehouse(warehouse))
        .read("metrics")
        .filter(model="ridge", split="random_10_fold", metric="rmse")
    )
    assert counts["n"].to_list() == [134]
    assert (
        Store(Warehouse(warehouse))
        .read("predictions")
        .filter(pl.col("split") == "locked_test")
        .height
        > 0
    )
    run_id = Store(Warehouse(warehouse)).read("models")["run_id"][0]
    again = analyse(warehouse, *command)
    assert again.stdout == f"cluster_expansion of au-cu: unchanged since run {run_id}\n"


def test_a_figure_is_written_by_words_of_its_title(fitted, tmp_path, monkeypatch):
    draw, drawn = figure._draw, []

    def draw_once(*of):  # It takes seconds, and each of these commands draws the same.
        drawn.extend([] if drawn else [draw(*of)])
        return drawn[0]

    monkeypatch.setattr(figure, "_draw", draw_once)
    titles = analyse(fitted, "figure").stdout.split()
    assert "which-structures-are-stable-the-convex-hull" in titles
    done = analyse(fitted, "figure", "convex hull", "--output", tmp_path / "hull.html")
    assert done.stdout.endswith("hull.html: Which structures are stable? The convex hull\n")
    assert "formation energy" in (tmp_path / "hull.html").read_text()
    for words, said in (("no such", "no figure has 'no such'"), ("the", "several figures")):
        failed = analyse(fitted, "figure", words, "--output", tmp_path / "a.svg")
        assert failed.exit_code == 1
        assert said in failed.stderr


def test_metals_that_are_fitted_are_not_fitted_again(fitted):
    models = Store(Warehouse(fitted)).read("models").filter(dataset="matbench_expt_is_metal")
    run_id = models["run_id"][0]
    again = analyse(fitted, "metals", "--benchmark", "matbench_expt_is_metal", "--quick")
    assert again.stdout == f"metals of matbench_expt_is_metal: unchanged since run {run_id}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--alloy", "ag-pt"], 1, "there are: --alloy au-cu --cluster-space fcc-1.5-1"),
        (["--alloy", "ag-pt"], 1, "ingest alloys --alloy ag-pt --from FILE` has brought it"),
        (["--cluster-space", "fcc-9"], 1, "there are: --alloy au-cu --cluster-space fcc-1.5-1"),
        (["--cluster-space", SPACE, "--methods", "rigde"], 1, "use some of: least_squares"),
        (["--seed", "-1"], 2, "--seed"),
        (["--colour", "blue"], 2, "No such option"),
    ],
)
def test_wrong_words_are_answered(arguments, code, words, unfitted):
    done = analyse(unfitted, "cluster-expansion", *arguments)
    assert done.exit_code == code
    assert words in done.stderr
    assert isinstance(done.exception, SystemExit)  # no bug, whose traceback a user would see


def test_a_folder_that_cannot_be_written_is_found_before_the_fits(unfitted, tmp_path):
    (tmp_path / "pages").write_text("a file")
    done = analyse(unfitted, "report", "--output", tmp_path / "pages")
    assert done.exit_code == 1
    assert "pages cannot be written: it is no folder" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("variable", ["WAREHOUSE_DIR", "REPORTS_DIR"])
def test_make_refuses_a_folder_with_spaces(variable, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    done = run("make", "clean", f"{variable}={precious} and more", cwd=PROJECT_DIR)
    assert done.returncode == 2
    assert "without spaces" in done.stderr
    assert precious.exists()


def test_make_clean_deletes_only_what_make_made(tmp_path):
    (tmp_path / "analysis" / "pages").mkdir(parents=True)
    for name in ("Makefile", "analysis/pages/page.py"):  # the pages' names
        shutil.copy(PROJECT_DIR / name, tmp_path / name)
    pages = [f"reports/{page}" for page in PAGES]
    for name in ("data/tables/materials/x.parquet", "data/mine.txt", *pages):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    done = run("make", "clean", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    code = {"analysis", "analysis/pages", "analysis/pages/page.py"}
    assert left == {"Makefile", "data", "data/mine.txt", *code}


def test_make_report_shows_what_was_fitted_or_simulated_since(tmp_path):
    shutil.copy(PROJECT_DIR / "Makefile", tmp_path)
    made = (".venv/.ready", "data/.ingested", "data/.built", "reports/.written")
    code = ("pyproject.toml", "constraints.txt", "build-constraints.txt")
    compiled = "analysis/a/__pycache__/b.nbi"
    for age, name in enumerate([*code, *made, compiled, "data/tables/models/_delta_log/0.json"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (age, age))
    logs = [
        tmp_path / "data" / "tables" / name / "_delta_log" for name in ("models", "simulations")
    ]
    logs[1].mkdir(parents=True)

    def is_current(*times):
        for log, time in zip(logs, times, strict=True):
            os.utime(log, (time, time))
        return run("make", "--question", "report", cwd=tmp_path).returncode == 0

    assert is_current(1, 1)
    assert not is_current(60, 1)
    assert not is_current(1, 60)


def test_make_takes_an_empty_folder_for_the_default_as_the_commands_do(tmp_path):
    (tmp_path / "analysis" / "pages").mkdir(parents=True)
    for name in ("Makefile", "analysis/pages/page.py"):
        shutil.copy(PROJECT_DIR / name, tmp_path / name)
    for empty in (["WAREHOUSE_DIR=", "REPORTS_DIR="], ["WAREHOUSE_DIR= ", "REPORTS_DIR= "]):
        done = run("make", "--dry-run", "clean", *empty, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert " data/tables " in done.stdout
        assert " /" not in done.stdout
