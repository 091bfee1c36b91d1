"""Whether a target is a number or a class, and the classes that it has."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from analysis.properties.settings import TargetKind
from warehouse.errors import WarehouseError

LEAST_FORMULAS = 20
"""Formulas that a class must have: of fewer, some folds would test what no training part has."""
FEW_VALUES = 10
"""Distinct whole numbers of which it is said that they might be classes."""
SHOWN = 5
"""Classes that a message names."""


@dataclass(frozen=True)
class FoundClasses:
    """The classes of a target.

    Attributes:
        labels: The class of each row as text; NULL where it is one of too few rows.
        names: Classes in their order, of which there are two or more.
        left_out: Rows whose class has too few: how many, by reason.
        notes: What a reader must know of how the classes came about.

    """

    labels: pl.Series
    names: tuple[str, ...]
    left_out: dict[str, int]
    notes: tuple[str, ...]


def find_kind(column: str, values: pl.Series, asked: str) -> TargetKind:
    """What a target is: text and yes or no are classes, so are whole numbers with two values.

    Raises WarehouseError if it is neither a number nor a class, or not what was `asked` for.
    """
    dtype = values.dtype
    is_text = isinstance(dtype, (pl.String, pl.Boolean, pl.Enum, pl.Categorical))
    if not (is_text or dtype.is_numeric()):
        raise WarehouseError(
            f"{column} is {str(dtype).lower()}, neither numbers nor classes",
            hint=f"numbers in a query: `epoch({column})` in seconds, or `year({column})`"
            if dtype.is_temporal()
            else f"cast it in a query: `{column}::varchar` is classes, `{column}::double` numbers",
        )
    if asked == TargetKind.NUMBER and is_text:
        raise WarehouseError(
            f"{column} is {str(dtype).lower()}, not numbers",
            hint="fit classes: leave out --regress and --log",
        )
    if asked != TargetKind.GUESSED:
        return TargetKind(asked)
    is_two = dtype.is_integer() and values.drop_nulls().n_unique() == 2
    return TargetKind.CLASSES if is_text or is_two else TargetKind.NUMBER


def tell_number(column: str, values: pl.Series) -> tuple[str, ...]:
    """What to say of a number that looks like a class."""
    n_values = values.n_unique()
    if n_values > FEW_VALUES or (values != values.round()).any():
        return ()
    return (f"{column} is taken for a number, of {n_values} values; --classify makes them classes",)


def write_labels(values: pl.Series) -> tuple[pl.Series, tuple[str, ...], bool]:
    """Classes as text, their names in order, and whether that order means something.

    Space around text and how Unicode composes its letters make no difference; an empty text is no
    class. Numbers stand by size, those of an enumerated type as it lists them, others by alphabet.
    """
    dtype = values.dtype
    if dtype.is_numeric():
        numbers = values.cast(pl.Float64).replace(float("nan"), None)
        known = numbers.drop_nulls().unique().sort()
        names = {value: f"{value:.15g}" for value in known}
        labels = numbers.replace_strict(names, return_dtype=pl.String)
        return labels, tuple(dict.fromkeys(names.values())), len(names) > 2
    labels = values.cast(pl.String).str.strip_chars().str.normalize("NFC").replace("", None)
    present = set(labels.drop_nulls().unique())
    if isinstance(dtype, pl.Enum):
        return labels, tuple(name for name in dtype.categories if name in present), len(present) > 2
    return labels, tuple(sorted(present)), False


def find_classes(
    column: str,
    labels: pl.Series,
    formulas: pl.Series,
    order: Sequence[str],
    *,
    is_ordered: bool = False,
) -> FoundClasses:
    """The classes of `labels`, in their `order`, each of LEAST_FORMULAS or more.

    Those of fewer `formulas` are fitted together as one if that makes enough, else left out. Raises
    WarehouseError if fewer than two are left.
    """
    rows = pl.DataFrame({"label": labels, "formula": formulas})
    names = [name for name in order if name in set(labels)]
    sizes = dict(rows.group_by("label").agg(pl.col("formula").n_unique()).iter_rows())
    rare = [name for name in names if sizes[name] < LEAST_FORMULAS]
    kept = [name for name in names if name not in rare]
    told = _list([f"{name!r} ({sizes[name]})" for name in rare])
    few = f"fewer than {LEAST_FORMULAS} formulas"
    notes, left_out = [], {}
    together = rows.filter(pl.col("label").is_in(rare))
    if len(rare) > 1 and together["formula"].n_unique() >= LEAST_FORMULAS:
        other = f"other ({len(rare)} classes)"
        notes.append(f"{len(rare)} classes of {few} are fitted as one, {other!r}: {told}")
        labels, kept = labels.replace(rare, other), [*kept, other]
    elif rare:
        left_out[f"of a class of {few}: {told}"] = together.height
        labels = labels.replace(rare, None)
    if len(names) < 2:
        only = f"{names[0]!r} in all {len(labels)} rows" if names else "empty in all rows"
        raise WarehouseError(
            f"{column} is {only}",
            hint="there is nothing to predict",
        )
    if len(kept) < 2:
        only = _list([f"{name!r} has {sizes[name]}" for name in names])
        raise WarehouseError(
            f"{column} has no two classes of {LEAST_FORMULAS} formulas or more: {only}",
            hint="select more rows of the rare ones, or put classes together in the query",
        )
    of = labels.drop_nulls().value_counts()
    shares = dict(of.iter_rows())
    listed = _list([f"{name} ({shares[name]:,})" for name in kept])
    order = ", in an order that the model does not use" if is_ordered else ""
    notes.insert(0, f"{column} is taken for {len(kept)} classes{order}: {listed}")
    alike = [name for name in kept if sum(one.lower() == name.lower() for one in kept) > 1]
    if alike:
        notes.append(f"classes that differ in case alone stay apart: {_list(alike)}")
    return FoundClasses(labels, tuple(kept), left_out, tuple(notes))


def _list(names: Sequence[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest
