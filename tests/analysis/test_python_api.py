"""Two lines of Python: open a warehouse, load a model."""

import re
import shutil
import subprocess
import sys

import duckdb
import numpy as np
import polars as pl
import pytest

from analysis import load_model
from analysis.datasets import read_rows
from analysis.metals.benchmarks import Benchmark
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.enumeration import ingest_derivative_structures
from tests.command_reference import READMES
from tests.test_readme import name
from warehouse import open_warehouse
from warehouse.catalog.build import build_catalog
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

CALCULATED = Benchmark.CALCULATED
PREDICTION = "predicted_formation_energy_per_atom"


def test_the_packages_are_imported_without_their_libraries():
    heavy = "polars duckdb numpy pandas sklearn typer pymatgen icet"
    code = (
        "import sys, analysis, ingest, warehouse; "
        f"print(*set('{heavy}'.split()) & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("readme", READMES, ids=name)
def test_the_python_of_a_readme_runs(readme, fitted, tmp_path, monkeypatch):
    """In a folder with a warehouse in `data`, one block after the other."""
    (tmp_path / "data").symlink_to(fitted)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WAREHOUSE_DIR", raising=False)
    names: dict[str, object] = {}
    for block in re.findall(
        r"^```python\n(.*?)^```", readme.read_text(encoding="utf-8"), re.S | re.M
    ):
        exec(block, names)
    for value in names.values():
        if isinstance(value, duckdb.DuckDBPyConnection):
            value.close()


class TestOpenWarehouse:
    def test_it_gives_frames_of_polars_and_of_pandas(self, fitted):
        with open_warehouse(fitted) as connection:
            polars = connection.sql("from marts.metrics").pl()
            pandas = connection.sql("from metrics").df()
        assert isinstance(polars, pl.DataFrame)
        assert list(pandas.columns) == polars.columns
        assert len(pandas) == len(polars) > 0

    def test_it_can_change_nothing(self, fitted):
        with open_warehouse(fitted) as connection, pytest.raises(WarehouseError, match="only read"):
            connection.execute("drop view marts.metrics")

    def test_by_default_it_is_the_warehouse_of_the_commands(self, fitted, tmp_path, monkeypatch):
        monkeypatch.setenv("WAREHOUSE_DIR", str(fitted))
        open_warehouse().close()
        monkeypatch.delenv("WAREHOUSE_DIR")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(WarehouseError, match=r"there is no warehouse in .*/data"):
            open_warehouse()


class TestExpansion:
    def test_a_structure_gets_the_energy_that_its_parameters_and_correlations_add_up_to(
        self, fitted, connection
    ):
        expected = read_rows(
            connection,
            f"""
            select structure_id, sum(parameter * correlation) as {PREDICTION}
            from marts.effective_cluster_interactions
            inner join features.cluster_correlations using (alloy, cluster_space_id, orbit_index)
            where model = 'lasso'
            group by structure_id
            order by md5(structure_id)
            limit 20
            """,
        )
        expansion = load_model("cluster_expansion", "Cu-Au", "lasso", warehouse=fitted)
        predicted = expansion.predict(expected["structure_id"].to_list())
        assert predicted["structure_id"].equals(expected["structure_id"])
        assert predicted[PREDICTION].to_numpy() == pytest.approx(
            expected[PREDICTION].to_numpy(), abs=1e-12
        )

    def test_by_default_it_is_the_selected_model_and_exact_for_the_elements(
        self, fitted, connection
    ):
        ((selected,),) = connection.sql(
            "select model from staging.models where study = 'cluster_expansion' and is_selected"
        ).fetchall()
        expansion = load_model("cluster_expansion", "au-cu", warehouse=fitted)
        assert expansion.model == selected
        assert expansion.predict(["1-0-0", "1-0-2"])[PREDICTION].to_list() == pytest.approx([0, 0])

    def test_names_are_answered_in_the_order_asked_and_as_often(self, fitted):
        expansion = load_model("cluster_expansion", "au-cu", warehouse=fitted)
        asked = ["4-6-1", "2-1-1", "4-6-1"]
        predicted = expansion.predict(asked)
        assert predicted["structure_id"].to_list() == asked
        assert predicted[PREDICTION][0] == predicted[PREDICTION][2] != predicted[PREDICTION][1]
        assert expansion.predict([]).is_empty()

    def test_cluster_vectors_give_what_the_names_of_their_structures_give(self, fitted, connection):
        rows = read_rows(
            connection,
            "select structure_id, cluster_vector from features.cluster_vectors "
            "order by md5(structure_id) limit 9",
        )
        expansion = load_model("cluster_expansion", "au-cu", warehouse=fitted)
        energies = expansion.predict_vectors(rows["cluster_vector"].to_list())
        named = expansion.predict(rows["structure_id"].to_list())
        assert energies == pytest.approx(named[PREDICTION].to_numpy(), abs=1e-12)

    def test_vectors_of_another_shape_are_refused_with_both_shapes(self, fitted):
        expansion = load_model("cluster_expansion", "au-cu", warehouse=fitted)
        with pytest.raises(WarehouseError, match=rf"\(2, 3\).*{expansion.n_orbits}\)"):
            expansion.predict_vectors(np.zeros((2, 3)))

    def test_a_bare_name_is_not_taken_for_a_list_of_letters(self, fitted):
        expansion = load_model("cluster_expansion", "au-cu", warehouse=fitted)
        classifier = load_model("metals", CALCULATED, warehouse=fitted)
        for predict, text in ((expansion.predict, "2-1-1"), (classifier.predict, "BN")):
            with pytest.raises(WarehouseError, match=f"'{text}' is no list"):
                predict(text)

    def test_an_unknown_structure_is_named(self, fitted):
        with pytest.raises(WarehouseError, match=r"1 of 2 structures .*'9-9-9'"):
            load_model("cluster_expansion", "au-cu", warehouse=fitted).predict(["2-1-1", "9-9-9"])

    def test_a_decoration_gets_the_energy_that_sql_predicts(self, fitted, tmp_path):
        root = shutil.copytree(fitted, tmp_path / "enumerated")
        store = Store(Warehouse(root))
        ingest_derivative_structures(store, 4)
        ingest_clusters(store)
        build_catalog(store)
        with open_warehouse(root) as connection:
            expected = read_rows(
                connection,
                f"select decoration_id, {PREDICTION} from marts.derivative_predictions "
                "where alloy = 'au-cu' order by md5(decoration_id)",
            )
        expansion = load_model("cluster_expansion", "au-cu", warehouse=root)
        predicted = expansion.predict([*expected["decoration_id"], "2-1-1"])
        assert predicted[PREDICTION][:-1].to_numpy() == pytest.approx(
            expected[PREDICTION].to_numpy(), abs=1e-12
        )


class TestClassifier:
    def test_it_answers_in_a_frame_what_the_command_says(self, fitted):
        classifier = load_model("metals", CALCULATED, warehouse=fitted)
        predicted = classifier.predict(["Cu3Au", "GaN"])
        answers = classifier.explain(["Cu3Au", "GaN"])
        assert predicted.columns == ["formula", "metal_probability", "likeness"]
        assert predicted["metal_probability"].to_list() == [a.probability for a in answers]
        assert classifier.predict([]).is_empty()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("metals", "matbench_steels"), "no classifier was fitted to matbench_steels"),
        (("metals", CALCULATED, "forest"), "no classifier 'forest' was fitted"),
        (("cluster_expansion", "ag-au"), "no fitted cluster expansion of ag-au"),
        (("cluster_expansion", "au-cu", "magic"), "no fitted cluster expansion 'magic' of au-cu"),
        (("phonons", "au-cu"), "no study 'phonons'"),
    ],
)
def test_what_was_not_fitted_is_told(fitted, asked, words):
    with pytest.raises(WarehouseError, match=words):
        load_model(*asked, warehouse=fitted)
