"""What other properties add to the composition: a planted one is found, noise adds nothing."""

import duckdb
import numpy as np
import polars as pl
import pytest

from analysis.metals.inquiries.property_ladder import (
    PROPERTIES,
    climb_properties,
    draw_properties,
    tell_properties,
)
from warehouse.errors import WarehouseError


@pytest.fixture(scope="module")
def connection():
    rng = np.random.default_rng(0)
    n = 1500
    label = rng.random(n) < 0.4
    rows = pl.DataFrame(
        {
            "dataset": "planted",
            "material_id": [f"m{i:04}" for i in range(n)],
            "elements": [["Cu", "O"]] * n,
            "atomic_fractions": [[f, 1 - f] for f in rng.random(n)],
            "is_metal": label,
            "formula_group_fold": rng.integers(0, 5, n),
            **dict.fromkeys(PROPERTIES, pl.Series([None] * n, dtype=pl.Float64)),
        }
    ).with_columns(
        density=pl.Series(label + 0.3 * rng.standard_normal(n)),
        density_atomic=pl.Series([*rng.standard_normal(900), *[None] * 600], dtype=pl.Float64),
        formation_energy_per_atom=pl.Series(
            [*rng.standard_normal(600), *[None] * 900], dtype=pl.Float64
        ),
        bulk_modulus_vrh=pl.Series([1.0 if i < 100 else None for i in range(n)]),
    )
    memory = duckdb.connect()
    memory.execute("create schema marts")
    memory.register("rows", rows.to_arrow())
    memory.execute("create table marts.metal_properties as from rows")
    return memory


def test_what_tells_metals_apart_comes_first_and_noise_adds_nothing(connection):
    found = climb_properties(connection, "planted")
    first, second, third = found.iter_rows(named=True)
    assert first["property"] == "mass density"
    # Two normal distributions 1 apart, of width 0.3: AUC = Phi(1 / (0.3 * sqrt 2)) = 0.991.
    assert first["alone"] == pytest.approx(0.991, abs=0.01)
    assert first["without"] == pytest.approx(0.5, abs=0.05)
    for noise in (second, third):
        assert abs(noise["gain"]) < 4 * noise["standard_error"] + 0.03
    assert (first["n"], found.height) == (1500, 3)  # 100 materials with a modulus are too few.
    assert found["n_common"].to_list() == [None] * 3
    assert "mass density" in list(tell_properties(found, "planted"))[2]
    assert len(draw_properties(found).data) == 3


def test_frequent_properties_are_ranked_on_the_rows_that_have_them_all(connection):
    found = climb_properties(connection, "planted", frequent=800)
    ranked = dict(found.select("property", "n_common").iter_rows())
    assert ranked == {"mass density": 900, "volume per atom": 900, "formation energy": None}
    first = found.row(0, named=True)
    assert first["common_gain"] > 0.4
    assert first["common_gain"] != first["gain"]
    assert (
        "the 900 materials that have all of mass density, volume per atom;"
        in (list(tell_properties(found, "planted"))[-1])
    )


def test_the_moment_of_a_cell_is_no_property_for_it_tells_insulators():
    assert not any("magnet" in name for name in PROPERTIES)


def test_a_data_set_without_properties_is_told(connection):
    with pytest.raises(WarehouseError, match="no materials of nothing"):
        climb_properties(connection, "nothing")
