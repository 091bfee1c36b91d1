"""Licences, citations and the quarantine: what is held, on what terms, and what is not."""

import json

import pytest
from typer.testing import CliRunner

from tests.support.samples import PROVENANCE, material, materials
from warehouse.__main__ import app
from warehouse.storage.store import Provenance
from warehouse.tables import BenchmarkFolds
from warehouse.upkeep.holdings import Holding, list_holdings


def run(store, *arguments):
    return CliRunner().invoke(app, [*arguments, "--warehouse", str(store.warehouse)])


def write(store, source, *rows, **parameters):
    rows = materials(*(row | {"source": source} for row in rows))
    provenance = Provenance(source, "1", parameters)
    store.replace("materials", rows, scope={"source": source}, provenance=provenance)


def test_an_empty_warehouse_holds_nothing(store):
    assert list_holdings(store) == []
    (store.warehouse.root / "tables").mkdir(parents=True)
    assert run(store, "quarantine").stdout == "no row is in quarantine\n"


def test_rows_are_counted_by_their_own_licence(store):
    by, nc = "CC BY 4.0", "CC BY-NC 4.0"
    rows = [material("a", license=by), material("b", license=nc), material("c", license=nc)]
    write(store, "mp", *rows, license="several", citations=["10.1/mp"])
    write(store, "expt", material("a", license="not stated"))
    assert list_holdings(store) == [
        Holding("materials", "expt", "not stated", 1, ()),
        Holding("materials", "mp", by, 1, ("10.1/mp",)),
        Holding("materials", "mp", nc, 2, ("10.1/mp",)),
    ]


def test_the_newest_commit_of_a_source_says_what_to_cite(store):
    write(store, "mp", material("a"), license="x", citations=["10.1/old"])
    write(store, "mp", material("b"), license="x", citations=["10.1/new"])
    write(store, "expt", material("a"), license="x", citations=["10.1/other"])
    (_, mp) = list_holdings(store)
    assert mp.citations == ("10.1/new",)


def test_a_table_without_sources_is_its_last_commit(store):
    folds = BenchmarkFolds.validate(
        BenchmarkFolds.create_empty().vstack(
            BenchmarkFolds.sample(overrides={"fold": [0, 1]}, num_rows=2)
        )
    )
    provenance = Provenance("matbench", "0.6", {"license": "MIT", "citations": ["10.1/mb"]})
    store.replace("benchmark_folds", folds, provenance=provenance)
    assert list_holdings(store) == [Holding("benchmark_folds", "matbench", "MIT", 2, ("10.1/mb",))]


def test_the_command_shows_terms_and_citations(store):
    write(store, "mp", material("a"), license="x", citations=["10.1/a", "10.1/b"])
    header, line = run(store, "licences").stdout.splitlines()
    assert header.split() == ["table", "source", "rows", "licence", "cite"]
    assert line.split() == ["materials", "mp", "1", "CC-BY-4.0", "10.1/a,", "10.1/b"]


@pytest.fixture
def refused(store):
    """Three rows of one source that break two rules, and one of another."""
    bad = [material("a", nsites=0), material("b", nsites=0), material("c", nsites=0, formula="")]
    write(store, "mp", *bad)
    rows = materials(material("d", source="oqmd", band_gap=-1.0))
    store.insert("materials", rows, provenance=PROVENANCE)
    return store


def test_the_quarantine_is_counted_by_source_and_rule(refused):
    header, *lines, total = run(refused, "quarantine").stdout.splitlines()
    assert header.startswith("table      source  rows  rule")
    assert [line.split()[:5] for line in lines] == [
        ["materials", "mp", "3", "nsites:", "min"],
        ["materials", "mp", "1", "formula:", "min_length"],
        ["materials", "oqmd", "1", "band_gap:", "min"],
    ]
    assert '{"source":"mp","material_id":"a"' in lines[0]
    assert total.startswith("4 rows wait")


def test_the_quarantine_shows_rows_in_full(refused):
    lines = run(refused, "quarantine", "materials", "--rows", "2").stdout.splitlines()
    assert len(lines) == 4
    assert lines[0] == "materials: nsites: min"
    assert json.loads(lines[1])["material_id"] == "a"


def test_the_quarantine_of_one_table(refused):
    assert run(refused, "quarantine", "elements").stdout == "no row is in quarantine\n"
    assert run(refused, "quarantine", "material").exit_code == 1
