"""What became of an alloy's structures, in a few lines."""

import json
from collections.abc import Sequence

import polars as pl

from ingest.alloys.end_members import list_end_members
from ingest.alloys.parents import get_parent
from ingest.alloys.references import measure_shares
from ingest.alloys.sources.rows import PASSED_OVER, SCOPE, SCOPE_ON_SITES, SourceStructures
from warehouse.conventions.alloys import Alloy
from warehouse.crystals.energy_sense import tell_senseless_energies
from warehouse.storage.store import Store
from warehouse.tables.structure_flags import PER_ATOM

MUST_BE_ONE = ("calculator", "functional", "energy_kind")
"""Columns in which the structures of one model should not differ."""
MOST_NAMES = 3
"""Structures that a line names; SQL tells the others."""


def describe_source(name: str, found: SourceStructures, alloy: Alloy) -> str:
    """What can be mapped at all, and how many of a source's structures cannot, in one line.

    A line for each doubt of those that can follows.
    """
    n_all = found.rows.height + found.rejected.height
    passed = found.rejected["reason"].str.starts_with(PASSED_OVER).sum()
    reasons = ", ".join(f"{count} {why}" for why, count in found.outside.items())
    outside = f"; outside of it: {reasons}" if reasons else ""
    others = f", {passed} passed over" if passed else ""
    scope = SCOPE if alloy.is_plain else SCOPE_ON_SITES
    lines = [
        f"{name}: {n_all - passed} structures{others}; what can be mapped is {scope}{outside}",
        *(
            f"  {len(names)} in doubt: {doubt} ({_name_some(names)})"
            for doubt, names in found.doubts.items()
        ),
    ]
    return "\n".join(lines)


def describe_alloy(store: Store, alloy: str) -> list[str]:
    """How many structures of `alloy` were mapped, flagged and quarantined, and each reason.

    What came from several calculators, functionals or kinds of energy is counted.
    """
    structures = store.read("alloy_structures").filter(alloy=alloy)
    mappings = store.read("lattice_mappings").filter(alloy=alloy)
    mappings = mappings.join(structures, on=["structure_id", "structures_digest"], how="semi")
    flagged = mappings.filter(pl.col("warnings").list.len() > 0)
    refused = _quarantined(store, alloy)
    is_passed = pl.col("reason").str.starts_with(PASSED_OVER)
    passed, refused = refused.filter(is_passed), refused.filter(~is_passed)
    parents = ", ".join(mappings["parent_lattice"].unique().sort()) or "no lattice"
    others = f", {passed.height} passed over" if passed.height else ""
    return [
        f"{alloy} on {parents}: {mappings.height} mapped, {flagged.height} of them flagged, "
        f"{refused.height} quarantined{others}",
        *_lines("flagged", flagged.explode("warnings").rename({"warnings": "reason"})),
        *_lines("quarantined", refused),
        *_lines("passed over", passed.with_columns(pl.col("reason").str.strip_prefix(PASSED_OVER))),
        *_advise(structures, flagged),
        *_warn(store, Alloy.parse(alloy), structures.join(mappings, on="structure_id")),
    ]


def _warn(store: Store, alloy: Alloy, mapped: pl.DataFrame) -> list[str]:
    """What is wrong with all energies of a source, or with those that the others refer to."""
    is_per_atom = mapped["warnings"].list.contains(PER_ATOM)
    if mapped.is_empty() or 2 * is_per_atom.sum() > mapped.height:
        return []  # That is told, and energies say nothing before it is mended.
    parent = get_parent(mapped["parent_lattice"][0], store)
    formulas = {one.species: one.formula for one in list_end_members(alloy, parent)}
    members = [formulas.get(species, "no atom") for species in alloy.end_members]
    lines = []
    for (_,), own in mapped.group_by("source", maintain_order=True):
        shares, n_sites = measure_shares(own, alloy, parent)
        energies = own["total_energy"].to_numpy() / n_sites
        lines += tell_senseless_energies(energies, n_sites, shares, members, alloy.site)
    return [f"  WRONG ENERGIES: {line}" for line in lines]


def _advise(structures: pl.DataFrame, flagged: pl.DataFrame) -> list[str]:
    """What the sources of energies differ in, and which option chooses among them."""
    lines = []
    for column in MUST_BE_ONE:
        counts = structures.drop_nulls(column)[column].value_counts(sort=True).rows()
        flags = flagged["warnings"].explode(empty_as_null=True).to_list()
        if len(counts) > 1 and f"other_{column}" in flags:
            seen = ", ".join(f"{count} {value}" for value, count in counts[:5])
            lines.append(
                f"  {column} differs: {seen}; energies of one model need one: "
                f"--where \"{column} = '{counts[0][0]}'\""
            )
    suspects = sum(PER_ATOM in flags for flags in flagged["warnings"])
    if suspects:
        lines.append(f"  {suspects} energies look as if they were per atom: say --per-atom if so")
    return lines


def _lines(outcome: str, structures: pl.DataFrame) -> list[str]:
    """One line per reason, the most frequent first; reasons that differ in numbers are one."""
    kinds = structures.with_columns(
        kind=pl.col("reason").str.replace_all(r"\S*/\S+", "…").str.replace_all(r"\d+(\.\d+)?", "…")
    )
    groups = (
        kinds.group_by("kind", maintain_order=True)
        .agg("structure_id", "reason")
        .sort(pl.col("structure_id").list.len(), descending=True, maintain_order=True)
    )
    lines = []
    for kind, names, reasons in groups.rows():
        reason = reasons[0] if len(set(reasons)) == 1 else kind
        lines.append(f"  {len(names)} {outcome}: {reason} ({_name_some(names)})")
    return lines


def _name_some(names: Sequence[str]) -> str:
    others = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{others}"


def _quarantined(store: Store, alloy: str) -> pl.DataFrame:
    """Reason and structure_id of what the two tables of structures refused."""
    of_structures = pl.col("table_name").is_in(["alloy_structures", "lattice_mappings"])
    rows = store.read("quarantine").filter(of_structures)
    scopes = [scope for scope in rows["scope"].unique() if json.loads(scope).get("alloy") == alloy]
    rows = rows.filter(pl.col("scope").is_in(scopes))
    names = [str(json.loads(row).get("structure_id")) for row in rows["row"]]
    return rows.select("reason", pl.Series("structure_id", names, dtype=pl.String))
