"""Hulls of all systems: pymatgen's energies and products, by hand where two lines will do."""

import json

import polars as pl
import pytest
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from analysis.stability.settings import StabilitySettings, parse_own_row
from analysis.stability.study import make_own_rows, place_materials
from ingest.embedded.rebuild import FOLDER
from tests.soak.hulls import compare_with_pymatgen, read_real_entries
from warehouse.errors import WarehouseError


def place(*rows: str) -> dict[str, dict]:
    found = place_materials(make_own_rows(rows))
    return {row["formula"]: row for row in found.iter_rows(named=True)}


def products(row) -> dict[str, float]:
    return {product["formula"]: product["amount"] for product in row["products"]}


def test_what_lies_above_a_line_falls_apart_into_its_ends():
    found = place("AuCu:-0.06", "Cu3Au:-0.01", "AuCu3:-0.02")
    # Half way between AuCu at -0.06 and Cu at 0 the hull is at -0.03.
    assert found["AuCu3"]["energy_above_hull"] == pytest.approx(0.01)
    assert products(found["AuCu3"]) == {"AuCu": pytest.approx(0.5), "Cu": pytest.approx(0.5)}
    # Another row of the same formula is no phase of its own.
    assert found["Cu3Au"]["energy_above_hull"] == pytest.approx(0.02)
    assert found["AuCu"]["is_stable"]
    assert products(found["AuCu"]) == {"AuCu": 1.0}
    # Without AuCu, a third of the atoms would be Au and two thirds AuCu3: -0.02 * 2 / 3.
    assert found["AuCu"]["decomposition_energy"] == pytest.approx(-0.06 + 0.04 / 3)


def test_an_element_needs_no_row_and_is_at_most_zero():
    found = place("Cu:0.1", "CuO:-0.5")
    assert found["Cu"]["energy_above_hull"] == pytest.approx(0.1)
    assert found["Cu"]["decomposition_energy"] is None
    assert found["CuO"]["decomposition_energy"] == pytest.approx(-0.5)
    assert place("Cu:-0.2", "CuO:-0.05")["CuO"]["energy_above_hull"] == pytest.approx(0.05)


def test_the_rows_of_a_system_know_those_of_its_parts():
    found = place("Al2O3:-3.0", "MgO:-2.8", "MgAl2O4:-2.8")
    # 2 of 7 atoms are MgO's, 5 are Al2O3's: (2 * -2.8 + 5 * -3.0) / 7.
    spinel = found["MgAl2O4"]
    assert spinel["energy_above_hull"] == pytest.approx(-2.8 + (2 * 2.8 + 5 * 3.0) / 7)
    assert products(spinel) == {"Al2O3": pytest.approx(5 / 7), "MgO": pytest.approx(2 / 7)}


def test_real_systems_are_those_of_pymatgen():
    entries = read_real_entries("critical_examination", {"Li", "Fe", "P", "O"})
    assert compare_with_pymatgen(entries) > 100


def test_published_energies_above_the_hull_come_out():
    # Bartel's hulls are of the same energies, before the lists were cut: some differ by meV.
    rows = pl.read_parquet(FOLDER / "critical_examination.parquet")
    entries = read_real_entries("critical_examination", {"Ba", "Cu", "O", "Ti", "Y"})
    found = place_materials(entries).join(
        rows.select("formula", published="energy_above_hull"), on="formula"
    )
    difference = (found["energy_above_hull"] - found["published"]).abs()
    assert found.height > 100
    assert (difference < 1e-6).mean() > 0.9
    assert difference.max() < 0.006


@pytest.mark.parametrize("text", ["Cu3Au", "Cu3Au:", ":-1", "Xx2:-1", "Cu3Au:nan", "3:1:Cu"])
def test_what_is_no_row_is_told(text):
    with pytest.raises(WarehouseError) as caught:
        make_own_rows((text,))
    assert "--add" in caught.value.hint


def test_a_hull_is_named_by_what_it_is_of():
    settings = StabilitySettings(("CC-BY-4.0",), ("Cu3Au:-0.05",))
    assert settings.name("oqmd") == "oqmd, CC-BY-4.0, + Cu3Au:-0.05"
    assert settings.command("oqmd") == (
        'python -m analysis stability --source oqmd --license CC-BY-4.0 --add "Cu3Au:-0.05"'
    )
    assert StabilitySettings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings
    assert parse_own_row("Cu3Au:-0.05") == ("Cu3Au", -0.05)


def test_the_oracle_sees_a_wrong_hull():
    entries = [PDEntry(Composition("Cu"), 0), PDEntry(Composition("O"), 0)]
    diagram = PhaseDiagram([*entries, PDEntry(Composition("CuO"), -1.0)])
    assert diagram.get_hull_energy_per_atom(Composition("Cu2O")) == pytest.approx(-1 / 3)
