"""What became of an alloy's structures, in a few lines."""

import json

import polars as pl

from warehouse.storage.store import Store

MOST_NAMES = 3
"""Structures that a line names; SQL tells the others."""


def describe_alloy(store: Store, alloy: str) -> list[str]:
    """How many structures of `alloy` were mapped, flagged and quarantined, and each reason."""
    structures = store.read("alloy_structures").filter(alloy=alloy)
    mappings = store.read("lattice_mappings").filter(alloy=alloy)
    mappings = mappings.join(structures, on=["structure_id", "structures_digest"], how="semi")
    flagged = mappings.filter(pl.col("warnings").list.len() > 0)
    refused = _quarantined(store, alloy)
    parents = ", ".join(mappings["parent_lattice"].unique().sort()) or "no lattice"
    return [
        f"{alloy} on {parents}: {mappings.height} mapped, {flagged.height} of them flagged, "
        f"{refused.height} quarantined",
        *_lines("flagged", flagged.explode("warnings").rename({"warnings": "reason"})),
        *_lines("quarantined", refused),
    ]


def _lines(outcome: str, structures: pl.DataFrame) -> list[str]:
    """One line per reason, the most frequent first."""
    groups = (
        structures.group_by("reason", maintain_order=True)
        .agg("structure_id")
        .sort(pl.col("structure_id").list.len(), descending=True, maintain_order=True)
    )
    lines = []
    for reason, names in groups.rows():
        others = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        lines.append(
            f"  {len(names)} {outcome}: {reason} ({', '.join(names[:MOST_NAMES])}{others})"
        )
    return lines


def _quarantined(store: Store, alloy: str) -> pl.DataFrame:
    """Reason and structure_id of what the two tables of structures refused."""
    of_structures = pl.col("table_name").is_in(["alloy_structures", "lattice_mappings"])
    rows = store.read("quarantine").filter(of_structures)
    scopes = [scope for scope in rows["scope"].unique() if json.loads(scope).get("alloy") == alloy]
    rows = rows.filter(pl.col("scope").is_in(scopes))
    names = [str(json.loads(row).get("structure_id")) for row in rows["row"]]
    return rows.select("reason", pl.Series("structure_id", names, dtype=pl.String))
