"""The nearest materials by composition: distances that can be counted, and clear refusals."""

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.support.samples import PROVENANCE, material, materials
from warehouse.__main__ import app
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.commands.similar import find_similar
from warehouse.conventions.formulas import parse_formulas
from warehouse.conventions.reduced_formulas import reduce_compositions
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

FORMULAS = ["AuCu3", "Cu6Au2", "AuCu", "Ag2Cu2", "Ca(OH)2", "Na2O"]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    parsed = parse_formulas(pl.Series(FORMULAS))["composition"]
    reduced = reduce_compositions(parsed).to_dicts()
    rows = [
        material(f"m-{k}", formula=formula, composition=composition, **names)
        for k, (formula, composition, names) in enumerate(
            zip(FORMULAS, parsed.to_list(), reduced, strict=True)
        )
    ]
    store = Store(Warehouse(tmp_path_factory.mktemp("similar") / "data"))
    store.replace("materials", materials(*rows), provenance=PROVENANCE)
    build_catalog(store)
    return store.warehouse


def nearest(warehouse, formula):
    with connect(warehouse) as connection:
        found = find_similar(connection, formula)
    return {row["reduced_formula"]: row["distance"] for row in found}


def test_distance_is_the_share_of_atoms_to_exchange(warehouse):
    # Of AuCu one atom in four is gold too much; AgCu shares two copper atoms of four.
    expected = {"AuCu3": 0.0, "AuCu": 0.25, "AgCu": 0.5}
    assert nearest(warehouse, "Cu3Au") == pytest.approx(expected)
    assert list(nearest(warehouse, "Cu3Au")) == list(expected)
    # Ca(OH)2 is 1/5 Ca, 2/5 O, 2/5 H; CaO shares 1/5 + 2/5, Na2O has but its third of oxygen.
    assert nearest(warehouse, "CaO") == pytest.approx({"CaH2O2": 0.4, "Na2O": 2 / 3})


def test_what_is_no_formula_or_has_no_neighbour_is_told(warehouse):
    with pytest.raises(WarehouseError, match="'quartz' is not a chemical formula"):
        nearest(warehouse, "quartz")
    with pytest.raises(WarehouseError, match="no material has any element of Pu"):
        nearest(warehouse, "Pu")


def test_the_command_lists_the_nearest_first(warehouse):
    result = CliRunner().invoke(
        app, ["similar", "AuCu", "--limit", "2", "--warehouse", warehouse.root]
    )
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["AuCu", "0.000"], ["AuCu3", "0.250"]]
