"""A run is made again if its data, views, settings, code or libraries change, and only then."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
import sqlglot
from sqlglot import exp

from analysis.cluster_expansion.models.methods import METHODS
from analysis.cluster_expansion.settings import ClusterExpansionSettings, ElasticNetSettings
from analysis.cluster_expansion.splits import SPLITS
from analysis.metals.settings import Depth, LogisticSettings, MetalsSettings
from analysis.runs import run as runs
from analysis.runs.log import PastRun
from analysis.runs.run import Run, digest_code, is_shown
from analysis.studies import STUDIES, plan_run, read_fit, recall_run, run_study
from ingest.alloys.clusters import ingest_clusters
from ingest.alloys.shipped import ingest_alloys
from tests.analysis.conftest import EXPANSION, RUNS
from tests.support.alloys import AG_AU
from warehouse.catalog.build import build_catalog
from warehouse.catalog.connection import connect
from warehouse.catalog.lineage import Lineage
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR
from warehouse.storage.commits import Provenance
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

SETTINGS = ClusterExpansionSettings("fcc-3-1", ("ridge", "lasso"), ("size_5_to_6",), (2.5, 1.0))
RUN = Run(
    "cluster_expansion",
    "toy",
    SETTINGS,
    Lineage({"raw.materials": "1"}, {"marts.toy": "2"}, {"raw.materials": 3}),
    "code",
    "0.1.0",
    {"numpy": "1"},
)


def test_each_input_counts_and_versions_do_not():
    changed = [
        replace(RUN, study="metals"),
        replace(RUN, dataset="other"),
        replace(RUN, settings=replace(SETTINGS, seed=1)),
        replace(RUN, lineage=replace(RUN.lineage, tables={"raw.materials": "9"})),
        replace(RUN, lineage=replace(RUN.lineage, views={"marts.toy": "9"})),
        replace(RUN, code="other"),
        replace(RUN, packages={"numpy": "2"}),
    ]
    assert len({RUN.run_id, *(run.run_id for run in changed)}) == len(changed) + 1
    later = replace(RUN.lineage, versions={"raw.materials": 4})
    assert replace(RUN, lineage=later, code_version="0.2.0").run_id == RUN.run_id


def recall(record):
    return recall_run(PastRun(RUN.run_id, record["study"], datetime.now(UTC), record, True))


def test_a_record_is_the_whole_run():
    assert recall(json.loads(json.dumps(RUN.record()))) == RUN
    parts = {"settings", "tables", "views", "versions", "scopes", "code", "packages"}
    assert RUN.record().keys() == parts | {"study", "dataset", "code_version", "command"}


def test_a_record_of_an_older_version_has_the_defaults_of_what_it_lacks():
    record = RUN.record()
    del record["settings"]["cutoffs"]
    assert recall(record) == replace(RUN, settings=replace(SETTINGS, cutoffs=None))


@pytest.mark.parametrize(
    "change",
    [{"study": "other"}, {"settings": {"colour": "red"}}, {"settings": {"seed": 0}}],
)
def test_a_record_that_this_version_does_not_know_is_no_run(change):
    with pytest.raises(WarehouseError, match="kept its inputs otherwise") as caught:
        recall(RUN.record() | change)
    assert "python -m analysis" in caught.value.hint


@pytest.mark.parametrize("study", STUDIES)
def test_a_wing_tells_all_of_its_studies(study):
    known = STUDIES[study]
    assert known.name == study
    assert (known.read is None) != (known.fit_on_spark is None)
    assert all((PROJECT_DIR / module).exists() for module in known.modules)


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        (
            ClusterExpansionSettings("bcc-4-2.5-1.6", tuple(METHODS), tuple(sorted(SPLITS))),
            "cluster-expansion --alloy x",
        ),
        (
            ClusterExpansionSettings("fcc-3-1", ("ridge", "lasso"), (), (2.5, 1.0), 7),
            "cluster-expansion --alloy x --methods ridge,lasso --cluster-space fcc-3-1 "
            "--cutoffs 2.5,1 --splits training_10_fold,locked_test --seed 7",
        ),
        (ElasticNetSettings("fcc-3-1", 0.1), "fit cluster-expansion --dataset x --cluster-space "
         "fcc-3-1 --strength 0.1 --l1-ratio 0.5 --test-fold 0"),
        (MetalsSettings(), "metals --benchmark x"),
        (MetalsSettings(3, Depth.QUICK), "metals --benchmark x --seed 3 --quick"),
        (MetalsSettings(0, Depth.THOROUGH), "metals --benchmark x --thorough"),
        (LogisticSettings(0.2, 1), "fit metals --dataset x --strength 0.2 --test-fold 1"),
    ],
)  # fmt: skip
def test_settings_know_the_command_that_has_them(settings, command):
    assert settings.command("x") == f"python -m analysis {command}"


def test_one_changed_energy_changes_the_run(unfitted, tmp_path):
    shutil.copytree(unfitted, tmp_path, dirs_exist_ok=True)
    store = Store(Warehouse(tmp_path))
    structures = store.read("alloy_structures")
    lowered = pl.when(structure_id="2-1-1").then(pl.col("total_energy") - 0.5)
    changed = structures.with_columns(lowered.otherwise("total_energy").alias("total_energy"))
    ids = []
    for rows in (structures, changed, structures):
        store.replace("alloy_structures", rows, provenance=Provenance("test", "1"))
        build_catalog(store)
        with connect(Warehouse(tmp_path)) as connection:
            ids.append(plan_run(connection, "cluster_expansion", "au-cu", EXPANSION).run_id)
    assert ids[0] == ids[2] != ids[1]


def test_another_alloy_changes_neither_the_run_nor_its_data(unfitted, tmp_path):
    shutil.copytree(unfitted, tmp_path, dirs_exist_ok=True)
    store = Store(Warehouse(tmp_path))
    seen = []
    for alloys in ([], [AG_AU]):
        ingest_alloys(store, alloys)
        ingest_clusters(store, [1.5, 1.0])
        build_catalog(store)
        with connect(Warehouse(tmp_path)) as connection:
            run = plan_run(connection, "cluster_expansion", "au-cu", EXPANSION)
            rows = connection.sql(
                "from marts.cluster_expansion_training where alloy = 'au-cu' order by structure_id"
            ).pl()
            seen.append((run.run_id, rows.hash_rows().to_list(), run.lineage.versions))
    assert seen[0][:2] == seen[1][:2]
    assert seen[0][2] != seen[1][2]


def test_the_lineage_names_every_table_and_view_of_the_data(connection):
    lineage = plan_run(connection, "cluster_expansion", "au-cu", EXPANSION).lineage
    assert {"features.cluster_correlations", "staging.orbits"} <= set(lineage.views)
    assert "raw.alloy_structures" in lineage.tables
    assert not any("metal" in name for name in (*lineage.tables, *lineage.views))
    assert lineage.versions.keys() == lineage.tables.keys()


class Spy:
    """A connection that notes which tables and views are asked for."""

    def __init__(self, connection):
        self.connection, self.names = connection, set()

    def _note(self, sql, *arguments, **named):
        for table in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Table):
            if table.db:
                self.names.add(f"{table.db}.{table.name}")
        return self.connection.sql(sql, *arguments, **named)

    sql = execute = _note


@pytest.mark.parametrize(("study", "dataset", "settings"), RUNS[:2])
def test_a_study_reads_nothing_beside_its_lineage(connection, study, dataset, settings):
    run = plan_run(connection, study, dataset, settings)
    spy = Spy(connection)
    read_fit(spy, run)
    assert STUDIES[study].views[0] in spy.names
    assert spy.names <= {*run.lineage.views, *run.lineage.tables}


def test_a_run_is_found_until_an_input_changes(connection, monkeypatch):
    for study, dataset, settings in RUNS:
        assert is_shown(connection, plan_run(connection, study, dataset, settings))
    assert not is_shown(connection, plan_run(connection, study, dataset, replace(settings, seed=1)))
    monkeypatch.setattr(runs, "version", lambda name: "9.9")
    assert not is_shown(connection, plan_run(connection, study, dataset, settings))


def test_a_run_that_the_warehouse_has_is_not_made_again(fitted):
    done = run_study(Warehouse(fitted), *RUNS[2])
    assert done.results is None
    with connect(Warehouse(fitted)) as connection:
        assert done.run == plan_run(connection, *RUNS[2])


def test_a_thorough_run_answers_for_a_usual_one(fitted):
    study, dataset, settings = RUNS[1]
    assert settings.depth == Depth.THOROUGH
    done = run_study(Warehouse(fitted), study, dataset, MetalsSettings())
    assert done.results is None
    assert done.run.settings == settings


def test_code_that_the_fits_import_counts_and_other_code_does_not(tmp_path):
    def digest(**files):
        for name, text in files.items():
            path = tmp_path / "analysis" / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return digest_code(tmp_path, ["analysis/study.py"])

    first = digest(study="from analysis import models\nimport numpy", models="x = 1", page="")
    assert digest(page="x = 2") == first
    second = digest(models="from analysis.deep import x")
    assert len({first, second, digest(deep="x = 1"), digest(deep="x = 2")}) == 4


def test_a_page_or_a_command_makes_no_run_anew():
    for study in STUDIES.values():
        names = {
            path.relative_to(PROJECT_DIR).as_posix()
            for path in runs._find_modules(PROJECT_DIR, study.modules)
        }
        computes = "linear_models/on_spark/solvers" if study.read is None else "metrics"
        assert f"analysis/{computes}.py" in names
        of_readers = ("page", "figures", "commands", "labels")
        assert not [name for name in names if any(part in name for part in of_readers)]
