"""`python -m tests.soak FILE [CAMPAIGN ...]`: run campaigns whole and write their figures."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.soak import campaigns, processes, run_campaign


def main(target: Path, names: list[str]) -> int:
    """Print one line per figure and write all to `target`; 1 if a figure is not as wanted."""
    processes.PRELOAD.append("mp_api.client")  # Seconds for each pull by the API otherwise.
    results = []
    with tempfile.TemporaryDirectory(prefix="quarry-soak-") as folder:
        for name in names or campaigns():
            result = run_campaign(name, Path(folder) / name, is_short=False)
            results.append(result)
            print(f"{name} ({result['seconds']:.0f} s)")
            for figure in result["figures"]:
                print(f"  {describe(figure)}", flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    failed = [r["name"] for r in results if not all(f["is_met"] for f in r["figures"])]
    print(f"failed: {', '.join(failed)}" if failed else f"{len(results)} campaigns as wanted")
    return 1 if failed else 0


def describe(figure: dict[str, Any]) -> str:
    """One line: what was measured, and what it should have been."""
    unit = "" if figure["unit"] == "1" else f" {figure['unit']}"
    wanted = "" if figure["wanted"] is None else f"  (wanted: {figure['wanted']:,.10g})"
    mark = "" if figure["is_met"] else "  FAIL"
    return f"{figure['name']:<58}{figure['value']:>14,.10g}{unit}{wanted}{mark}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
