"""Summaries of the Materials Project become rows of `materials`: one way for both roads.

A road hands over a frame with the columns of `PUBLISHED`: the Materials Project's own fields,
nested ones flattened, nothing changed. Its fields: Jain et al. 2013 (10.1063/1.4812323) and
https://api.materialsproject.org/docs.
"""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from ingest.materials.keys import make_keys
from warehouse.conventions.elements import ELEMENTS
from warehouse.conventions.formulas import ISOTOPES, write_formulas
from warehouse.storage.staging_area import StagedPart
from warehouse.storage.validation import validate
from warehouse.tables import Materials

SOURCE = "materials_project"
LICENSES = {"BY-C": "CC-BY-4.0", "BY-NC": "CC-BY-NC-4.0"}
"""What the Materials Project calls the terms, and their SPDX names."""
NON_COMMERCIAL = "BY-NC"
SECOND_COPY = "a second copy of a row"
NOT_FINITE = "not_finite"
"""The note of a part: how many values of each column were no finite number, and are NULL."""
CITATIONS = ("10.1063/1.4812323", "10.1038/s41563-025-02272-0")

_NESTED: dict[str, tuple[str, ...]] = {
    "crystal_system": ("symmetry", "crystal_system"),
    "spacegroup_symbol": ("symmetry", "symbol"),
    "spacegroup_number": ("symmetry", "number"),
    "point_group": ("symmetry", "point_group"),
    "bulk_modulus_voigt": ("bulk_modulus", "voigt"),
    "bulk_modulus_reuss": ("bulk_modulus", "reuss"),
    "bulk_modulus_vrh": ("bulk_modulus", "vrh"),
    "shear_modulus_voigt": ("shear_modulus", "voigt"),
    "shear_modulus_reuss": ("shear_modulus", "reuss"),
    "shear_modulus_vrh": ("shear_modulus", "vrh"),
    "database_version": ("builder_meta", "database_version"),
    "license": ("builder_meta", "license"),
    "origins_last_updated": ("origins",),
}
_MADE_HERE = (
    *("source", "formula", "reduced_formula", "chemsys", "mean_atomic_weight"),
    *("last_phdos_peak", "exfoliation_energy", "youngs_modulus", "vickers_hardness"),
    *("yield_strength", "ultimate_tensile_strength", "elongation", "test_temperature"),
    *("microstructure", "processing", "reference_doi"),
)
"""Columns that no summary has: made here, or known to other sources only."""
PUBLISHED = pl.Schema(
    {name: column.dtype for name, column in Materials.columns().items() if name not in _MADE_HERE}
    | {"deprecated": pl.Boolean()}
)
"""Columns that a road hands over."""
PATHS = {**{name: (name,) for name in PUBLISHED}, **_NESTED}
"""Where a column stands in a summary: a field, or a field and an entry of it."""
NEEDED = ("material_id", "composition", "nsites", "deprecated", "builder_meta", "last_updated")
"""Fields that every pull asks for."""
INDISPENSABLE = ("material_id", "composition", "deprecated", "builder_meta")
"""Fields without which no row can be made."""
FIELDS = tuple(dict.fromkeys(path[0] for path in PATHS.values()))
"""All fields that a pull can ask for."""

_ANY_ID = r"^[a-z]+-[a-z0-9]+$"
_USUAL_ID = r"^[a-z]+-(?:0|[1-9][0-9]{0,5}|[12][0-9]{6})$"
"""The form in which nearly all identifiers come, or go into the table."""


@dataclass(frozen=True)
class Terms:
    """Which summaries a pull wants, whatever else the server sends."""

    include_non_commercial: bool = False
    since: str | None = None


def shape_summaries(published: pl.DataFrame, rejected: pl.DataFrame, terms: Terms) -> StagedPart:
    """Turn summaries into rows of `materials`; say what was left out and what was refused.

    `published` has the columns of `PUBLISHED`; `rejected` (row as JSON, reason) are summaries
    that the road could not read. Copies that are alike count once. A number that is none (NaN,
    infinity) is NULL, and counted by column in the part's notes.
    """
    kept, left_out = _leave_out(published, terms)
    kept, not_finite = _without_odd_numbers(kept)
    composed = kept.with_columns(
        _without_isotopes(kept["composition"]).list.eval(
            pl.element().sort_by(pl.element().struct.field("element"))
        ),
        material_id=legacy_ids(kept["material_id"]),
    ).with_columns(formula=write_formulas(pl.col("composition")), reason=_reason())
    is_refused = pl.col("reason").is_not_null()
    unread = composed.filter(is_refused).select(
        pl.struct(kept.columns).struct.json_encode().alias("row"), "reason"
    )
    rows = composed.filter(~is_refused).with_columns(
        source=pl.lit(SOURCE), license=pl.col("license").replace_strict(LICENSES, default=None)
    )
    rows = pl.concat([rows, make_keys(rows["composition"])], how="horizontal")
    rows = rows.with_columns(
        pl.lit(None).alias(name) for name in _MADE_HERE if name not in rows.columns
    )
    distinct = _merge_copies(rows)
    if n_copies := rows.height - distinct.height:
        left_out[SECOND_COPY] = n_copies
    valid, refused = validate(Materials, distinct)
    return StagedPart(
        rows=valid,
        refused=pl.concat([rejected, unread, refused]),
        left_out=left_out,
        notes={NOT_FINITE: not_finite},
    )


def _without_odd_numbers(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """NULL for what is no finite number, and how many there were in each column."""
    numbers = [name for name, dtype in rows.schema.items() if dtype == pl.Float64]
    odd = rows.select((~pl.col(name).is_finite()).sum() for name in numbers).row(0, named=True)
    found = {name: int(n) for name, n in odd.items() if n}
    return rows.with_columns(
        pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in found
    ), found


def _merge_copies(rows: pl.DataFrame) -> pl.DataFrame:
    """One row of those that are equal; rows of one identifier that differ all stay."""
    is_copied = pl.col("material_id").is_not_null() & pl.col("material_id").is_duplicated()
    copied = rows.filter(is_copied)
    if copied.is_empty():
        return rows
    text = pl.struct(pl.all()).struct.json_encode()
    copied = copied.with_columns(text.alias("text"))
    distinct = copied.unique("text", keep="first", maintain_order=True).drop("text")
    return pl.concat([rows.filter(~is_copied), distinct])


def _leave_out(published: pl.DataFrame, terms: Terms) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows that the pull wants, and how many it does not, by the first cause that holds."""
    # What does not say is no match of the API's own filter either.
    causes = {"deprecated": pl.col("deprecated").fill_null(value=True)}
    if not terms.include_non_commercial:
        causes["non-commercial licence"] = pl.col("license").eq_missing(NON_COMMERCIAL)
    if terms.since is not None:
        since = pl.lit(terms.since).str.to_datetime(time_unit="us")
        date = terms.since.removesuffix(" 00:00:00")
        # The release's own time is that of its build, the same for all rows.
        calculated = pl.coalesce("origins_last_updated", "last_updated")
        causes[f"older than {date}"] = (calculated < since).fill_null(value=False)
    left_out = {}
    for cause, is_met in causes.items():
        remaining = published.filter(~is_met)
        if n_left := published.height - remaining.height:
            left_out[cause] = n_left
        published = remaining
    return published, left_out


def legacy_ids(ids: pl.Series) -> pl.Series:
    """Identifiers in one form each: mp-149, where the server writes mp-aaaaaaft.

    What has no number in the old form has eight letters; what is no identifier stays as it is.
    """
    unusual = ids.drop_nulls().unique()
    unusual = unusual.filter(~unusual.str.contains(_USUAL_ID) & unusual.str.contains(_ANY_ID))
    if unusual.is_empty():
        return ids
    # Importing it takes seconds.
    from emmet.core.types.typing import format_identifier

    one_form = {}
    for name in unusual:
        try:
            numbered = format_identifier(name, legacy=True)
            is_number = numbered.rpartition("-")[2].isdigit()
            one_form[name] = numbered if is_number else format_identifier(name, legacy=False)
        except ValueError:
            continue
    return ids.replace(one_form)


def _without_isotopes(compositions: pl.Series) -> pl.Series:
    """Compositions in which D and T count as hydrogen, as in every formula."""
    is_isotope = pl.element().struct.field("element").is_in(list(ISOTOPES))
    if not compositions.list.eval(is_isotope).list.any().any():
        return compositions
    merged = []
    for entries in compositions:
        amounts: Counter[str] = Counter()
        for entry in [] if entries is None else entries:
            amounts[ISOTOPES.get(entry["element"], entry["element"])] += entry["amount"] or 0
        merged.append([{"element": name, "amount": amounts[name]} for name in amounts] or None)
    return pl.Series("composition", merged, dtype=compositions.dtype)


def _reason() -> pl.Expr:
    """Why a summary is no row of `materials`; NULL if nothing speaks against it."""
    composition, license_name = pl.col("composition"), pl.col("license")
    symbols = composition.list.eval(pl.element().struct.field("element"))
    amounts = composition.list.eval(pl.element().struct.field("amount"))
    unknown = symbols.list.eval(pl.element().filter(~pl.element().is_in(ELEMENTS)))
    n_atoms, is_whole = (
        amounts.list.sum(),
        amounts.list.eval(pl.element() == pl.element().round()).list.all(),
    )
    return (
        pl.when(composition.is_null() | (composition.list.len() == 0))
        .then(pl.lit("composition: missing"))
        .when(symbols.list.len() != symbols.list.n_unique())
        .then(pl.lit("composition: names an element twice"))
        .when(~amounts.list.eval(pl.element().is_finite()).list.all())
        .then(pl.lit("composition: an amount is no number"))
        .when(unknown.list.len() > 0)
        .then(pl.format("composition: no element has the symbol {}", unknown.list.join(", ")))
        .when(is_whole & ((n_atoms - pl.col("nsites")).abs() > 1e-6))
        .then(pl.lit("nsites: differs from the atoms of the composition"))
        .when(license_name.is_null())
        .then(pl.lit("license: missing"))
        .when(~license_name.is_in(list(LICENSES)))
        .then(pl.format("license: {} is unknown", license_name))
    )
