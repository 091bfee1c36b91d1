"""`python -m tests.benchmarks FILE`: run every benchmark on the warehouse and write FILE."""

import json
import os
import sys
import warnings
from pathlib import Path

from tests.benchmarks import features
from tests.benchmarks.harness import compare

BENCHMARKS = (
    (
        "correlations_vs_icet",
        features.correlations_in_sql,
        features.correlations_by_icet,
        "structures/s",
    ),
    ("magpie_vs_matminer", features.magpie_in_sql, features.magpie_by_matminer, "materials/s"),
)


def main(target: Path) -> None:
    """Print one line per benchmark and write all to `target`."""
    warehouse = Path(os.environ.get("WAREHOUSE_DIR", "data"))
    results = []
    for name, ours, peer, unit in BENCHMARKS:
        result = compare(name, ours, peer, unit, warehouse)
        print(
            f"{name:<24}{result['size']:>9,} items  ours {result['ours']:>11,.0f} {unit}  "
            f"peer {result['peer']:>9,.0f}  ratio {result['ratio']:>6.0f}  "
            f"peak {result['peak_memory_mb']:.0f} MB"
        )
        results.append(result)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]))
