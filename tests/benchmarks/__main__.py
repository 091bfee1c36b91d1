"""`python -m tests.benchmarks FILE`: run every benchmark on the warehouse and write FILE."""

import json
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import (
    api_pulls,
    correlations,
    engines,
    enumeration,
    features,
    hulls,
    monte_carlo,
    multicomponent,
    pulls,
    report_cost,
    sweeps,
)
from tests.benchmarks.harness import compare

BENCHMARKS = (
    (
        "enumeration_vs_icet",
        enumeration.enumeration_by_bits,
        enumeration.enumeration_by_icet,
        "structures/s",
    ),
    ("magpie_vs_matminer", features.magpie_in_sql, features.magpie_by_matminer, "materials/s"),
    (
        "sweep_vs_trainstation",
        sweeps.elastic_net_here,
        sweeps.elastic_net_of_trainstation,
        "fits/s",
    ),
    ("hull_vs_pymatgen", hulls.hulls_here, hulls.hulls_by_pymatgen, "materials/s"),
    (
        "pull_bulk_vs_mp_api",
        pulls.pull_bulk_of_ours,
        pulls.pull_bulk_of_mp_api,
        "summaries/s",
    ),
)


def main(target: Path) -> None:
    """Print one line per benchmark and write all to `target`."""
    warehouse = Path(os.environ.get("WAREHOUSE_DIR", "data"))
    results = []
    for result in report_cost.run():
        print(
            f"{result['name']:<32}{result['stage']:>18}  {result['ours']:>9,.1f} {result['unit']}"
            f"  peak {result['peak_memory_mb']:,.0f} MB",
            flush=True,
        )
        results.append(result)
    for result in run(warehouse):
        print(
            f"{result['name']:<32}{result['size']:>9,}  ours {result['ours']:>9,.4g} "
            f"{result['unit']:<13} peer {result['peer']:>7,.4g} (on {result['peer_size']:,})  "
            f"ratio {result['ratio']:>6,.0f}  peak {result['peak_memory_mb']:,.0f} MB, "
            f"peer's {result['peer_peak_memory_mb']:,.0f} MB",
            flush=True,
        )
        results.append(result)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n")


def run(warehouse: Path) -> Iterator[dict[str, Any]]:
    """Every row that has a peer, as it is measured."""
    yield from correlations.run()
    yield from multicomponent.run()
    for name, ours, peer, unit in BENCHMARKS:
        yield compare(name, ours, peer, unit, warehouse)
    yield from monte_carlo.run(warehouse)
    yield from api_pulls.run_all(warehouse)
    yield from engines.run()
    shutil.rmtree(warehouse / pulls.FOLDER, ignore_errors=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]))
