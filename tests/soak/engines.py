"""Every view on all data at hand, DuckDB against Spark: all rows, reals to 1e-12, all else exactly.

Each view of Spark's reads what Spark made of the views before it, from files that stay in the
folder. `python -m tests.soak.engines FOLDER [VIEW ...]` goes on where it stopped, or compares the
named views alone.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import duckdb

from ingest.materials.elements import ingest_elements
from tests.soak import Figure
from tests.spark.session import SETTINGS, TOLERANCE, local_engine, missing
from warehouse.catalog.build import build_catalog
from warehouse.catalog.views import View, load_views
from warehouse.engines import DuckEngine, open_spark
from warehouse.settings import SQL_DIR
from warehouse.spark.engine import SparkEngine
from warehouse.spark.translate import view_name
from warehouse.storage.store import Store
from warehouse.storage.warehouse import Warehouse

FEW = {"staging.elements"}
ALL = SETTINGS | {"spark.driver.memory": "2g"}


def run(folder: Path, is_short: bool) -> list[Figure]:
    """Compare the views of the warehouse in `WAREHOUSE_DIR`; in short, one of a small one."""
    views = load_views(SQL_DIR)
    root = Path(os.environ.get("WAREHOUSE_DIR", "data"))
    if is_short:
        root = folder / "data"
        ingest_elements(Store(Warehouse(root)))
        build_catalog(Store(Warehouse(root)))
        views = [view for view in views if view.name in FEW]
    found = {}
    if not missing():
        # In short, in the session of all tests: to start another takes longer than to compare.
        opened = (
            nullcontext(local_engine(Warehouse(root)))
            if is_short
            else open_spark(Warehouse(root), "local[2]", ALL)
        )
        with opened as spark:
            found = {name: seen for name, *seen in compare(spark, folder, views)}
    return [
        Figure("views compared", len(found)),
        Figure("rows compared", sum(n_rows for n_rows, _, _ in found.values())),
        *(Figure(f"{name}: rows that differ", n) for name, (_, n, _) in found.items() if n),
        Figure("views that differ", sum(n > 0 for _, n, _ in found.values()), wanted=0),
    ]


def compare(
    spark: SparkEngine, folder: Path, views: list[View]
) -> Iterator[tuple[str, int, int, list[float]]]:
    """Name of each view, its rows, how many differ, and the seconds of DuckDB and of Spark."""
    for view in load_views(SQL_DIR):
        made = folder / "spark" / view_name(view.name)
        if made.exists():
            spark.session.read.parquet(str(made)).createOrReplaceTempView(made.name)
            spark._made.add(view.name)
    for view in views:
        seconds = []
        for name, engine in (("duckdb", DuckEngine(spark.warehouse)), ("spark", spark)):
            start = time.monotonic()
            made = folder / name / view_name(view.name)
            made.parent.mkdir(parents=True, exist_ok=True)
            if not made.exists():
                engine.write(f"from {view.name}", made)
            seconds.append(time.monotonic() - start)
        # Later views of this one read these files, so that no view is made twice.
        spark.session.read.parquet(str(made)).createOrReplaceTempView(made.name)
        yield view.name, *count_differences(view, folder), seconds


def count_differences(view: View, folder: Path) -> tuple[int, int]:
    """Rows of `view`, and how many of them the other engine has not."""
    with duckdb.connect() as connection:
        sides = []
        for engine in ("duckdb", "spark"):
            files = f"'{folder / engine / view_name(view.name)}/*.parquet'"
            kinds = connection.sql(f"describe from {files}").fetchall()
            sides.append((files, [(name, kind) for name, kind, *_ in kinds]))
        (ours, columns), (theirs, other_columns) = sides
        sizes = [
            connection.sql(f"select count(*) from {files}").fetchall()[0][0]
            for files in (ours, theirs)
        ]
        # Whole numbers may be of other widths: the length of a list has 32 bits in Spark.
        names = [[name for name, _ in side] for side in (columns, other_columns)]
        if names[0] != names[1] or sizes[0] != sizes[1]:
            return sizes[0], max(*sizes, 1)
        exact = [f'"{name}"' for name, kind in columns if kind != "DOUBLE" and "[" not in kind]
        reals = [f'round("{name}", 9)' for name, kind in columns if kind == "DOUBLE"]
        order = ", ".join(exact + reals) or "1"
        differ = " or ".join(_differ(name, kind) for name, kind in columns)
        ((n_different,),) = connection.sql(
            f"select count(*) from (from {ours} order by {order}) as a "
            f"positional join (from {theirs} order by {order}) as b where {differ}"
        ).fetchall()
    return sizes[0], int(n_different)


def _differ(name: str, kind: str) -> str:
    """The condition that a column has different values in `a` and `b`."""
    left, right = f'a."{name}"', f'b."{name}"'
    far = f"not coalesce({_near(left, right)}, false)"
    if kind == "DOUBLE[]":
        far = (
            f"not coalesce(len({left}) = len({right}) and list_bool_and(list_transform("
            f"list_zip({left}, {right}), lambda pair: {_near('pair[1]', 'pair[2]')})), false)"
        )
    elif kind != "DOUBLE":
        far = "true"
    return f"({left} is distinct from {right} and {far})"


def _near(left: str, right: str) -> str:
    largest = f"greatest(1, abs({left}), abs({right}))"
    return (
        f"({left} is not distinct from {right} or abs({left} - {right}) <= {TOLERANCE} * {largest})"
    )


def main(folder: Path, names: list[str]) -> int:
    """Print one line per view; 1 if any differs."""
    seen = folder / "compared.txt"
    folder.mkdir(parents=True, exist_ok=True)
    done = set(seen.read_text().split()) if seen.exists() and not names else set()
    views = [v for v in load_views(SQL_DIR) if v.name in names or not names]
    n_wrong = 0
    left = [view for view in views if view.name not in done]
    root = Path(os.environ.get("WAREHOUSE_DIR", "data"))
    with open_spark(Warehouse(root), "local[2]", ALL) as spark:
        for name, n_rows, n_different, (ours, theirs) in compare(spark, folder, left):
            print(f"{name:<42}{n_rows:>11,} rows, {n_different:>7,} differ", end="")
            print(f"{ours:>10.1f} s by DuckDB{theirs:>10.1f} s by Spark", flush=True)
            n_wrong += n_different > 0
            with seen.open("a") as file:
                file.write(f"{name}\n")
    return int(n_wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
