"""Matbench's metal labels, band gaps and formation energies, and the official test folds."""

import json
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import polars as pl
from numpy.typing import NDArray

FOLD_SEED = 18012019
"""Matbench's own seed (Dunn 2020, 10.1038/s41524-020-00406-3)."""


def build_matbench_mp(wheel: Path) -> pl.DataFrame:
    """Read the calculated gaps and labels in Matbench's order, with energies where certain.

    An energy is taken only where the formula, as it stands, occurs once in the labels and once
    in the energies: polymorphs share a formula and the files carry no identifier.
    """
    labels, gaps = _read_csv(wheel, "mp_is_metal"), _read_csv(wheel, "mp_gap")
    energies = _read_csv(wheel, "mp_e_form")
    if not labels["formula"].equals(gaps["formula"]):
        raise ValueError("mp_is_metal.csv and mp_gap.csv do not list the same formulas")

    is_unique = pl.len().over("formula") == 1
    energies = energies.filter(is_unique).join(labels.filter(is_unique), on="formula", how="semi")
    return (
        labels.with_columns(band_gap=gaps["target"])
        .join(energies, on="formula", how="left", suffix="_e_form", maintain_order="left")
        .select(
            _number_materials("mb-mp-is-metal-", digits=6),
            "formula",
            "band_gap",
            is_metal=pl.col("target") == 1,
            formation_energy_per_atom="target_e_form",
        )
    )


def build_matbench_expt(wheel: Path) -> pl.DataFrame:
    """Read the experimental labels in Matbench's order, with the gap where one is given."""
    labels, gaps = _read_csv(wheel, "expt_is_metal"), _read_csv(wheel, "expt_gap")
    gaps = gaps.filter(pl.len().over("formula") == 1)
    return labels.join(
        gaps, on="formula", how="left", suffix="_gap", maintain_order="left", validate="1:1"
    ).select(
        _number_materials("mb-expt-is-metal-", digits=4),
        "formula",
        is_metal=pl.col("target") == 1,
        band_gap="target_gap",
    )


def build_matbench_e_form(wheel: Path) -> pl.DataFrame:
    """Read the calculated formation energies in Matbench's order, polymorphs among them."""
    return _read_csv(wheel, "mp_e_form").select(
        _number_materials("mb-mp-e-form-", digits=6), "formula", formation_energy_per_atom="target"
    )


def build_task_folds(
    wheel: Path, crabnet: Path, materials: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Read the official test folds of tasks on numbers, by the identifiers of `materials`.

    `materials` has each task's rows in Matbench's order, but for measured gaps, whose list is
    another than that of measured metals: a formula, which both have once, stands for its row.
    Raises ValueError if the official folds are not those of the published recipe.
    """
    with ZipFile(wheel) as archive:
        splits = json.loads(archive.read("matbench/matbench_v0.1_validation.json"))["splits"]
    frames = []
    for task, rows in materials.items():
        ids = rows["material_id"]
        if task == "matbench_expt_gap":
            gaps = _read_csv(crabnet, "expt_gap").select("formula")
            ids = gaps.join(rows, on="formula", how="left", maintain_order="left")["material_id"]
        folds = _split_evenly(len(ids))
        for fold in range(5):
            places = [
                int(name.rpartition("-")[2]) - 1 for name in splits[task][f"fold_{fold}"]["test"]
            ]
            if sorted(places) != np.flatnonzero(folds == fold).tolist():
                raise ValueError(f"{task}: the official folds are not the recipe's")
        frames.append(
            pl.DataFrame({"benchmark": task, "material_id": ids, "fold": folds}).sort("material_id")
        )
    return pl.concat(frames).sort("benchmark", "material_id")


def build_benchmark_folds(wheel: Path, benchmarks: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Read the official test fold of every material of `benchmarks` (name: its materials).

    Raises ValueError if the official folds are not those of the published recipe on the labels,
    row by row, which would mean that our rows are not Matbench's.
    """
    with ZipFile(wheel) as archive:
        splits = json.loads(archive.read("matbench/matbench_v0.1_validation.json"))["splits"]
    frames = []
    for benchmark, materials in benchmarks.items():
        tests = [splits[benchmark][f"fold_{fold}"]["test"] for fold in range(5)]
        official = pl.DataFrame(
            [(material_id, fold) for fold, ids in enumerate(tests) for material_id in ids],
            schema={"material_id": pl.String, "fold": pl.Int64},
            orient="row",
        ).sort("material_id")
        if not official.equals(_split_materials(materials).sort("material_id")):
            raise ValueError(f"{benchmark}: the official folds are not the recipe's")
        frames.append(official.select(pl.lit(benchmark).alias("benchmark"), pl.all()))
    return pl.concat(frames).sort("benchmark", "material_id")


def _split_materials(materials: pl.DataFrame) -> pl.DataFrame:
    from sklearn.model_selection import StratifiedKFold

    recipe = StratifiedKFold(5, shuffle=True, random_state=FOLD_SEED)
    folds = np.empty(materials.height, dtype=np.int64)
    for fold, (_, test) in enumerate(recipe.split(materials, materials["is_metal"])):
        folds[test] = fold
    return materials.select("material_id", fold=pl.Series(folds))


def _split_evenly(n_rows: int) -> NDArray[np.int64]:
    """Folds of the published recipe for tasks on numbers, shape (n_rows,)."""
    from sklearn.model_selection import KFold

    recipe = KFold(5, shuffle=True, random_state=FOLD_SEED)
    folds = np.empty(n_rows, dtype=np.int64)
    for fold, (_, test) in enumerate(recipe.split(folds)):
        folds[test] = fold
    return folds


def _read_csv(wheel: Path, name: str) -> pl.DataFrame:
    with ZipFile(wheel) as archive:
        table = archive.read(f"crabnet/data/matbench/{name}.csv")
    return pl.read_csv(table, schema={"formula": pl.String, "target": pl.Float64})


def _number_materials(prefix: str, *, digits: int) -> pl.Expr:
    """Name the rows as Matbench does: by their place in the file, from 1."""
    number = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(digits)
    return (pl.lit(prefix) + number).alias("material_id")
