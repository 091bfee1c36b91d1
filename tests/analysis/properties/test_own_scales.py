"""Further columns of any scale: what lies far off, or outweighs all others, is bounded and told."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.linear_models.classifier import ClassSamples, fit_classes
from analysis.linear_models.design import Design
from analysis.linear_models.kinds import NumberMethod
from analysis.linear_models.methods import METHODS
from analysis.linear_models.product import fit_product
from analysis.linear_models.scores.baselines import tell_no_better
from analysis.linear_models.solvers.samples import NumberSamples
from analysis.properties.reading.own_scales import tell_scales
from analysis.properties.reading.query import SelectedRows
from analysis.properties.settings import TargetKind, own_column
from ingest.materials.elements import ingest_elements
from ingest.materials.own_table import ingest_own_table
from warehouse.catalog.build import build_catalog
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

RNG = np.random.default_rng(0)
N = 200
ORDINARY = RNG.normal(1, 0.3, N)
SPARSE = csr_matrix(np.arange(N)[:, None] % 2, dtype=np.float32)


def design_of(values):
    """A column that a formula has, and one of the user's."""
    return Design(SPARSE, np.asarray(values, float)[:, None], np.array([0]))


def test_a_value_far_outside_training_counts_as_the_limit():
    # One row in other units: its target is like the others'.
    values = np.append(ORDINARY[:-1], 1e6)
    design, y = design_of(values), ORDINARY + RNG.normal(0, 0.1, N)
    train, groups = np.arange(N - 1), np.arange(N, dtype=np.uint32)
    samples = NumberSamples.of(design, y)
    fitted = fit_product(samples, groups, train, 0, [METHODS[NumberMethod.HUBER]])
    lowest, highest = ORDINARY[:-1].min(), ORDINARY[:-1].max()
    at_limit = fitted.fitted.predict(design_of(np.full(N, 2 * highest - lowest)))[-1]
    assert fitted.predict(design)[-1] == pytest.approx(at_limit)
    assert fitted.predict(design)[:-1] == pytest.approx(fitted.fitted.predict(design)[:-1])
    labels = (y > 1).astype(np.int64)
    of_classes = ClassSamples(design, labels, 2, np.ones(N))
    classes = fit_classes(of_classes, groups, train, 0)
    assert np.abs(classes.logits(design)[-1]).max() < 50
    assert np.abs(classes.fitted.logits(design)[-1]).max() > 1e4


def test_columns_keep_their_places_when_others_go():
    dense = np.arange(6.0).reshape(2, 3)
    design = Design(SPARSE[:2], dense, np.array([1, 2]))
    kept = design.keep(np.array([True, False, False, True]))
    assert kept.given.tolist() == [0]
    # From 2 to 5; a width of 3 on both sides.
    assert kept.limits().tolist() == [[-1.0], [8.0]]
    assert kept.take(np.array([1])).within(np.array([[0.0], [4.0]])).dense.tolist() == [[4.0]]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (ORDINARY, ()),
        (np.exp(2 * RNG.normal(size=N)), ()),
        (np.exp(5 * RNG.normal(size=N)), ("'log10(x)', instead",)),
        (10 ** RNG.uniform(-9, 12, N), ("'log10(x)', instead",)),
        (np.append(-ORDINARY[1:], 1e6), ("leave such out by --where",)),
        (np.append(np.zeros(N - 2), [1, 1e6]), ()),
        (np.full(N, 7.0), ("is the same in all rows",)),
    ],
)
def test_a_column_of_which_a_few_values_tell_all_is_told(values, told):
    rows = pl.DataFrame({own_column("x"): values})
    notes = tell_scales(SelectedRows(rows, TargetKind.NUMBER, "y", ("x",), "1"), rows)
    assert len(notes) == len(told)
    assert all(words in note for words, note in zip(told, notes, strict=True))


def test_a_model_that_is_no_better_than_the_median_says_where():
    metrics = pl.DataFrame(
        [
            ("ours", "by formula", "mae", 0.3),
            ("ours", "highest", "mae", 2.0),
            ("median", "by formula", "mae", 0.4),
            ("median", "highest", "mae", 1.5),
            ("ours", "highest", "rmse", 9.0),
        ],
        schema=["model", "split", "metric", "value"],
        orient="row",
    )
    (told,) = tell_no_better(metrics, "ours", ("median", "the median"), "mae")
    assert told == "ours is no better than the median, by mae: highest 2.000 against 1.500"
    assert not tell_no_better(metrics, "median", ("ours", "ours"), "rmse")
    (more,) = tell_no_better(metrics, "ours", ("median", "it"), "mae", float.__gt__)
    assert more.endswith("by formula 0.3000 against 0.4000")


def test_a_logarithm_describes_rows_and_is_asked_for_by_its_name(tmp_path):
    metals, others = ("Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "Mo", "W"), ("C", "N", "B", "Si")
    sizes = [0.0, *(10.0 ** (place % 13 - 6) for place in range(1, 108))]
    rows = [
        {"formula": f"{metal}{n}{other}", "y": n + np.log10(max(size, 1e-6)), "size": size}
        for (metal, other, n), size in zip(product(metals, others, (1, 2, 3)), sizes, strict=True)
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "a.csv")
    store = Store(Warehouse(tmp_path / "data"))
    ingest_elements(store)
    ingest_own_table(store, tmp_path / "a.csv")
    build_catalog(store)

    def ask(*words):
        own = ("--own", "log10(size)", "--descriptors", "own")
        words = ("property", "y", "--table", "a", *own, *words, "--warehouse", str(store.warehouse))
        done = CliRunner().invoke(app, words)
        return done.exit_code, " ".join(done.output.split())

    code, told = ask()
    assert code == 0
    assert "1 left out: no value of y, log10(size)" in told
    code, told = ask("--predict", "TiC", "--at", "log10(size)=30")
    assert code == 0
    assert "30 lies outside the -6 to 6 of training" in told
    assert "and counts as 18" in told  # The width of the range more.
