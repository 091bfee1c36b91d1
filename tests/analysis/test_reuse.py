"""A study is run again if its data, its settings or the code have changed, and only then."""

from dataclasses import replace

import pytest

from analysis import reuse
from analysis.cluster_expansion.inputs import read_dataset
from analysis.datasets import Lineage
from analysis.reuse import digest_inputs, find_run
from tests.analysis.conftest import SPACE

SETTINGS = {"seed": 0, "methods": ["ridge"]}


@pytest.fixture
def dataset(connection):
    return read_dataset(connection, "au-cu", SPACE)[0]


def test_equal_inputs_have_equal_digests(dataset):
    again = replace(dataset, lineage=Lineage(dict(reversed(dataset.lineage.sha256.items())), {}))
    same = dict(reversed(SETTINGS.items()))
    assert digest_inputs("s", SETTINGS, dataset) == digest_inputs("s", same, again)


def test_each_input_counts(dataset, monkeypatch):
    other_rows = dataset.lineage.sha256 | {"raw.alloy_structures": "0"}
    digests = [
        digest_inputs("s", SETTINGS, dataset),
        digest_inputs("t", SETTINGS, dataset),
        digest_inputs("s", SETTINGS | {"seed": 1}, dataset),
        digest_inputs("s", SETTINGS, replace(dataset, name="ag-au")),
        digest_inputs("s", SETTINGS, replace(dataset, feature_space="fcc-9")),
        digest_inputs("s", SETTINGS, replace(dataset, lineage=Lineage(other_rows, {}))),
        digest_inputs("s", SETTINGS, dataset, dataset),
    ]
    monkeypatch.setattr(reuse, "version", lambda name: "9.9")
    digests.append(digest_inputs("s", SETTINGS, dataset))
    assert len(set(digests)) == len(digests)


def test_a_changed_new_or_renamed_module_counts(tmp_path):
    seen = set()
    for name, text in (("a.py", "x = 1"), ("a.py", "x = 2"), ("b/c.py", "x = 1"), ("a.txt", "")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        seen.add(reuse._digest_code(tmp_path))
    assert len(seen) == 3


def test_a_run_without_inputs_is_never_found(connection):
    assert find_run(connection, "cluster_expansion", "au-cu", "") == ""
