"""Results of a study replace those before as a whole, whenever their writing stops."""

import shutil

import pytest

from analysis.runs import saving
from tests.soak.steps import build_small, prepare_results, read_results, write_results
from warehouse.catalog.connection import connect
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    root = tmp_path_factory.mktemp("saving") / "data"
    prepare_results(root)
    return root


@pytest.fixture
def root(prepared, tmp_path):
    """A copy of the first run; whatever is written next builds its catalog."""
    return shutil.copytree(prepared, tmp_path / "data")


@pytest.mark.parametrize("n_done", [0, 1, 6, 7, 8, 13])
def test_results_whose_writing_stopped_show_nowhere_or_whole(root, monkeypatch, n_done):
    """Six tables get the new run, `models` switches to it, then the six lose the old one."""
    write = saving._write
    left = iter(range(n_done))

    def stop_after_some(*arguments):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return write(*arguments)

    monkeypatch.setattr(saving, "_write", stop_after_some)
    try:
        write_results(root, 1)
    except KeyboardInterrupt:
        build_small(root)
    assert read_results(root) == ([0, 0] if n_done < 7 else [1, 1])


def test_the_next_run_sweeps_up_what_a_stopped_one_left(root, monkeypatch):
    write = saving._write
    monkeypatch.setattr(saving, "_write", lambda *a: (a[2] == "models" and 1 / 0) or write(*a))
    with pytest.raises(ZeroDivisionError):
        write_results(root, 1)
    monkeypatch.setattr(saving, "_write", write)
    assert Store(Warehouse(root)).read("predictions")["run_id"].n_unique() == 2
    write_results(root, 2)
    assert Store(Warehouse(root)).read("predictions")["run_id"].n_unique() == 1


def test_results_that_break_a_schema_leave_those_before(root):
    with pytest.raises(ValueError, match="rows for predictions, metrics break"):
        write_results(root, float("nan"))
    build_small(root)
    assert read_results(root) == [0, 0]
    with connect(Warehouse(root)) as connection:
        assert connection.execute("select count(*) from raw.quarantine").fetchall() == [(5001,)]
