"""A table of one's own, as people write it, becomes rows; what is no value is refused and told."""

from pathlib import Path

import polars as pl
import pytest

from ingest.materials.own_table import ingest_own_table
from warehouse.errors import WarehouseError
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

HEADER = ("Composition", "Hardness (GPa)", "Phase", "Note")
ROWS = [(f"Ti{n}C", str(n / 2), "fcc", "") for n in range(1, 12)]
ODD = [("Qq2", "1", "fcc", ""), ("", "1", "fcc", ""), ("TiN", "<20", "bcc", "")]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Warehouse(tmp_path / "data"))


def write(path: Path, rows, separator=",", header=HEADER) -> Path:
    path.write_text("\n".join(separator.join(row) for row in [header, *rows]))
    return path


def test_cells_keep_their_row_their_unit_and_their_kind(store, tmp_path):
    ingest_own_table(store, write(tmp_path / "My steels.csv", ROWS))
    held = store.read("own_values").sort("column_name", "row_number")
    assert held.height == 2 * len(ROWS)
    assert held.row(1, named=True) == {
        "source": "my_steels",
        "row_number": 2,
        "column_name": "hardness",
        "formula": "Ti2C",
        "number": 1.0,
        "text": None,
        "unit": "GPa",
    }
    assert held.filter(column_name="phase")["text"].to_list() == ["fcc"] * len(ROWS)
    assert held["number"].sum() == sum(range(1, 12)) / 2


def test_what_is_no_formula_and_no_number_is_refused_and_told(store, tmp_path):
    told: list[str] = []
    ingest_own_table(store, write(tmp_path / "a.csv", [*ROWS, *ODD]), say=told.append)
    reasons = store.read("quarantine")["reason"].sort().to_list()
    assert reasons == [
        "hardness is <20, and the others are numbers",
        "no element has the symbol Qq",
        "the formula is missing",
    ]
    refused = sorted(line for line in told if "refused" in line)
    assert refused == [f"  1 refused: {reason}" for reason in reasons]
    # Its phase is known all the same.
    kept = store.read("own_values").filter(formula="TiN")
    assert kept.select("column_name", "text").rows() == [("phase", "bcc")]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas_are_numbers_where_no_comma_parts_cells(store, tmp_path, separator):
    rows = [(formula, number.replace(".", ","), *rest) for formula, number, *rest in ROWS]
    ingest_own_table(store, write(tmp_path / "a.csv", rows, separator))
    assert store.read("own_values")["number"].sum() == 33.0


def test_a_parquet_file_gives_the_same_rows(store, tmp_path):
    table = pl.DataFrame(ROWS, schema=["formula", *HEADER[1:]], orient="row")
    table = table.with_columns(pl.col(HEADER[1]).cast(pl.Float64), Note=None)
    table.write_parquet(tmp_path / "a.parquet")
    ingest_own_table(store, tmp_path / "a.parquet")
    ingest_own_table(store, write(tmp_path / "b.csv", ROWS))
    held = store.read("own_values")
    one, other = (held.filter(source=name).drop("source") for name in "ab")
    assert one.sort(pl.all()).equals(other.sort(pl.all()))


def test_a_table_takes_the_place_of_an_earlier_one_of_its_name(store, tmp_path):
    ingest_own_table(store, write(tmp_path / "a.csv", ROWS), "mine")
    ingest_own_table(store, write(tmp_path / "b.csv", ROWS[:3]), "yours")
    ingest_own_table(store, write(tmp_path / "a.csv", ROWS[:2]), "mine")
    held = store.read("own_values").filter(column_name="hardness")
    assert held["source"].value_counts(sort=True).rows() == [("yours", 3), ("mine", 2)]


@pytest.mark.parametrize(
    ("header", "rows", "choice", "message"),
    [
        (("a", "b"), [("TiC", "1")], {}, "has no column formula; it has a, b"),
        (("formula", "b"), [("TiC", "1")], {"formula": "c"}, "has no column c"),
        (("formula", "b"), [("TiC", "")], {}, "has no row with a formula and a value"),
        (("formula", "b"), [("TiC", "1")], {"name": "my table"}, "cannot be the name of a table"),
        (("formula", "b b", "b-b"), [("TiC", "1", "2")], {}, "'b-b' gives no name of its own"),
        (("formula",), [], {}, "has no row with a formula"),
        (("formula", "b"), [("x", "TiC")], {"formula": "b"}, "has a column formula beside b"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(store, tmp_path, header, rows, choice, message):
    path = write(tmp_path / "a.csv", rows, header=header)
    with pytest.raises(WarehouseError, match=message):
        ingest_own_table(store, path, **choice)
    assert store.read("own_values").is_empty()


def test_a_file_that_is_no_table_says_so(store, tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    for name, message in {"a.parquet": "is no table", "nowhere.csv": "does not exist"}.items():
        with pytest.raises(WarehouseError, match=message):
            ingest_own_table(store, tmp_path / name)


def test_a_class_may_be_called_none_and_a_number_may_not(store, tmp_path):
    rows = [("TiC", "none", "1"), ("TiN", "", "none"), ("TiB", "NA", "2")]
    ingest_own_table(store, write(tmp_path / "a.csv", rows, header=("formula", "kind", "y")))
    held = store.read("own_values")
    assert held.filter(column_name="kind")["text"].to_list() == ["none", "NA"]
    assert held.filter(column_name="y")["number"].to_list() == [1.0, 2.0]


def test_what_is_infinite_or_no_formula_is_refused_each_with_its_reason(store, tmp_path):
    rows = [("TiC", "1"), ("TiN", "-inf"), ("NaN", "3")]
    ingest_own_table(store, write(tmp_path / "a.csv", rows, header=("formula", "y")))
    reasons = store.read("quarantine")["reason"].sort().to_list()
    doubt = "NaN may mean that there is no formula; write Na1N1 if sodium and N are meant"
    assert reasons == [doubt, "y is infinite"]


def test_a_unit_may_have_brackets_of_its_own(store, tmp_path):
    header = ("formula", "Conductivity (W/(m K))", "b (0 K) [1/(a b)]")
    ingest_own_table(store, write(tmp_path / "a.csv", [("TiC", "1", "2")], header=header))
    units = dict(store.read("own_values").select("column_name", "unit").iter_rows())
    assert units == {"conductivity": "W/(m K)", "b_0_k": "1/(a b)"}


@pytest.mark.parametrize("odd", ["10%", "28 GPa", "1.234,5", "<3"])
def test_texts_that_begin_as_numbers_do_are_doubted(store, tmp_path, odd):
    told: list[str] = []
    rows = [("TiC", odd), ("TiN", odd), ("TiB", "4")]
    path = write(tmp_path / "a.csv", rows, ";", header=("formula", "y"))
    ingest_own_table(store, path, say=told.append)
    (line,) = (line for line in told if line.startswith("  y: 3 texts"))
    assert line.endswith(f"write them alone, with a unit in the header, not {odd!r}")


def test_yes_and_no_are_numbers_and_lists_are_left_out(store, tmp_path):
    told: list[str] = []
    table = {"formula": ["TiC", "TiN"], "hot": [True, False], "tags": [["a"], ["b"]]}
    pl.DataFrame(table).write_parquet(tmp_path / "a.parquet")
    ingest_own_table(store, tmp_path / "a.parquet", say=told.append)
    assert store.read("own_values").select("column_name", "number").rows() == [
        ("hot", 1.0),
        ("hot", 0.0),
    ]
    assert "  tags is left out: it has neither numbers nor texts" in told


def test_lines_may_end_as_on_old_machines(store, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"formula,y\rTiC,1\rTiN,\xe2\x88\x922\r")
    ingest_own_table(store, tmp_path / "a.csv")
    assert store.read("own_values")["number"].to_list() == [1.0, -2.0]


def test_refusals_that_differ_in_the_row_alone_are_one_line(store, tmp_path):
    told: list[str] = []
    rows = [
        *((f"Ti{n}C", "50-00-0", "1") for n in range(1, 30)),
        *((f"Q{n}", "", "2") for n in "ab"),
    ]
    rows += [("CN-", "", "3"), ("OH-", "", "4"), ("TiN", "", "<5"), ("TiB", "", "<6")]
    path = write(tmp_path / "a.csv", rows, header=("formula", "CAS", "y"))
    ingest_own_table(store, path, say=told.append)
    refused = [line for line in told if "refused" in line]
    assert sorted(refused) == [
        "  1 refused: no element has the symbol Qa",
        "  1 refused: no element has the symbol Qb",
        "  2 refused: 'CN-' has a charge, and no ion is a formula here, and the like",
        "  2 refused: y is <5, and the others are numbers, and the like",
    ]
    # A registry's number is no number that was written badly, and nothing to predict.
    assert "  cas: 29 texts" in told
    assert told[-1] == "  next: python -m analysis property y --table a"


def test_a_spreadsheet_and_a_header_twice_are_named(store, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(WarehouseError, match="is a spreadsheet"):
        ingest_own_table(store, tmp_path / "a.xlsx")
    path = write(tmp_path / "b.csv", [("TiC", "1", "2")], header=("formula", "T", "T"))
    with pytest.raises(WarehouseError, match="the same name, 'T'"):
        ingest_own_table(store, path)
