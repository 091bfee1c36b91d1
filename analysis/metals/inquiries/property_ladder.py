"""Which other properties tell metals apart, and what they add to the composition.

Each is judged on the materials whose formula has it, by the same folds of formulas, alone, without
it and with it; the frequent ones also on the rows that have all of these, for gains on different
rows do not rank. None comes from the bands, for that would be the label: nor does the magnetic
moment, the difference of spin-up and spin-down bands, which is an integer in an insulator's cell.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.datasets import read_rows
from analysis.descriptors import spread_descriptors
from analysis.linear_models.classifier import ClassSamples, fit_classes_along
from analysis.linear_models.design import Design
from analysis.metrics import classification_scores
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import plotly.graph_objects as go

MART = "marts.metal_properties"
PROPERTIES = {
    "density_atomic": "volume per atom",
    "density": "mass density",
    "formation_energy_per_atom": "formation energy",
    "energy_above_hull": "energy above the hull",
    "spacegroup_number": "space group",
    "bulk_modulus_vrh": "bulk modulus",
    "shear_modulus_vrh": "shear modulus",
}
N_STEPS = 20
"""Steps of equally many materials into which a property is cut: any curve can be learned."""
STRENGTH, TOLERANCE = 1.0, 1e-3
"""Of the penalty of every fit, for nothing is chosen here, and how small its gradient becomes."""
LEAST = 500
"""Materials that a property needs to be judged."""
FREQUENT = 30_000
"""Materials that a property needs to be one of those that are ranked on common rows."""


def climb_properties(
    connection: duckdb.DuckDBPyConnection, benchmark: str, frequent: int = FREQUENT
) -> pl.DataFrame:
    """Scores of every property, the largest gain first.

    Returns property, n, n_metals; AUC `alone`, `without` (element fractions) and `with` it, means
    of five folds of formulas; `gain` and its standard error over them; and n_common, common_gain,
    common_error on the rows that have all properties of at least `frequent` rows, NULL for others.
    Raises WarehouseError if the data set has no properties, or none of LEAST materials.
    """
    rows = read_rows(
        connection, f"select * from {MART} where dataset = ? order by material_id", [benchmark]
    )
    if rows.is_empty():
        raise WarehouseError(
            f"{MART} has no materials of {benchmark}", hint="run `python -m ingest materials`"
        )
    shares = rows.select(key="material_id", descriptor="elements", value="atomic_fractions")
    shares = shares.explode("descriptor", "value").with_columns(descriptor_set=pl.lit("fractions"))
    fractions, _ = spread_descriptors(shares, rows["material_id"])
    known = {name: rows[name].is_not_null().to_numpy() for name in PROPERTIES}
    many = [name for name, has in known.items() if has.sum() >= frequent]
    common = np.all([known[name] for name in many], axis=0)
    found = []
    for name, label in PROPERTIES.items():
        has = known[name]
        if has.sum() < LEAST:
            continue
        is_ranked = name in many and common.sum() >= LEAST
        there = _judge(rows.filter(common), name, fractions[common]) if is_ranked else {}
        found.append(
            {"property": label, **_judge(rows.filter(has), name, fractions[has])}
            | {"n_common": there.get("n"), "common_gain": there.get("gain")}
            | {"common_error": there.get("standard_error")}
        )
    if not found:
        raise WarehouseError(
            f"no property is known of {LEAST} materials of {benchmark}",
            hint="run `python -m ingest materials`",
        )
    return pl.DataFrame(found).sort("gain", descending=True)


def tell_properties(found: pl.DataFrame, benchmark: str) -> Iterator[str]:
    """A line for each property."""
    yield (
        f"{benchmark}: AUC on formulas held out (five folds), of materials whose formula has the "
        "property"
    )
    yield (
        f"  {'':<22}{'n':>8}{'metals':>8}{'alone':>8}{'without':>9}{'with':>8}{'gain':>18}"
        f"{'on common rows':>19}"
    )
    for row in found.iter_rows(named=True):
        common = "-"
        if row["n_common"]:
            common = f"{row['common_gain']:+.4f} ± {row['common_error']:.4f}"
        yield (
            f"  {row['property']:<22}{row['n']:>8,}{row['n_metals'] / row['n']:>8.0%}"
            f"{row['alone']:>8.3f}{row['without']:>9.3f}{row['with']:>8.3f}"
            f"{row['gain']:>+9.4f} ± {row['standard_error']:.4f}{common:>19}"
        )
    yield "  alone: the property in steps; without: element fractions; with: both"
    ranked = found.drop_nulls("n_common")
    if ranked.height:
        yield (
            f"  common rows: the {ranked['n_common'][0]:,} materials that have all of "
            f"{', '.join(ranked['property'])}; gains on different rows do not rank"
        )


def draw_properties(found: pl.DataFrame) -> "go.Figure":
    """Each property's score alone, and of the composition without and with it."""
    import plotly.graph_objects as go

    from analysis.pages.figure import COLOURS, style

    plot = go.Figure()
    names = [f"{p} (n = {n:,})" for p, n in found.select("property", "n").iter_rows()]
    for colour, column in zip(COLOURS, ("alone", "without", "with"), strict=False):
        plot.add_scatter(
            x=found[column].to_list(),
            y=names,
            mode="markers",
            name=column,
            marker={"color": colour},
        )
    plot.update_yaxes(autorange="reversed")
    return style(plot, "AUC on formulas held out", "")


def _judge(rows: pl.DataFrame, name: str, fractions: Any) -> dict[str, float]:
    """Scores of one property on `rows`, all of which have it."""
    from scipy.sparse import csr_matrix, hstack

    y = rows["is_metal"].cast(pl.Float64).to_numpy()
    folds = rows["formula_group_fold"].to_numpy()
    values = rows[name].cast(pl.Float64).to_numpy()
    labels = y.astype(np.int64)
    _, auc = classification_scores()["roc_auc"]
    scores = []

    def score(X: Any, test: NDArray[np.bool_]) -> float:
        samples = ClassSamples(Design.of_sparse(X), labels, 2, np.ones(len(y)))
        train = np.flatnonzero(~test)
        (fitted,) = fit_classes_along(samples, train, [STRENGTH], tolerance=TOLERANCE)
        return float(auc(y[test], fitted.predict(samples.design.take(test))[:, 1]))

    for fold in range(5):
        test = folds == fold
        edges = np.unique(np.quantile(values[~test], np.linspace(0, 1, N_STEPS + 1)[1:-1]))
        steps = csr_matrix(
            np.eye(len(edges) + 1, dtype=np.float32)[np.searchsorted(edges, values, side="right")]
        )
        both = hstack([fractions, steps], format="csr")
        scores.append([score(X, test) for X in (steps, fractions, both)])
    alone, without, with_it = np.array(scores).T
    gain = with_it - without
    return {
        "n": len(y),
        "n_metals": int(y.sum()),
        "alone": float(alone.mean()),
        "without": float(without.mean()),
        "with": float(with_it.mean()),
        "gain": float(gain.mean()),
        "standard_error": float(gain.std(ddof=1) / np.sqrt(len(gain))),
    }
