"""Properties by formula, from crabnet's wheel: OQMD, the Materials Project, Matbench.

Most files have one row per formula and no identifier. MEGNET's data set has identifiers of the
Materials Project and no formula: Matbench's list of formation energies lends it one.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import polars as pl

_PARTS = ("train", "val", "test")
ENERGY_STEP = 1e-8
"""eV/atom: formation energies that agree to this are of the same calculation."""


def build_oqmd(wheel: Path) -> pl.DataFrame:
    """Read the OQMD: 341,700 formulas with energies and volumes per atom, and nearly all gaps."""
    return _join_parts(
        wheel,
        {
            "formation_energy_per_atom": "OQMD_Formation_Enthalpy",
            "energy_per_atom": "OQMD_Energy_per_atom",
            "density_atomic": "OQMD_Volume_per_atom",
            "band_gap": "OQMD_Bandgap",
        },
    )


def build_critical_examination(wheel: Path) -> pl.DataFrame:
    """Read 85,014 formulas of the Materials Project with formation and decomposition energies.

    A decomposition energy below zero is that of a stable phase: minus what its decomposition into
    neighbours costs. Above zero it is the energy above the hull (Bartel 2020).
    """
    energy = pl.col("decomposition_energy")
    return _join_parts(
        wheel,
        {
            "formation_energy_per_atom": "CritExam__Ef",
            "decomposition_energy": "CritExam__Ed",
        },
    ).select(
        "formula",
        "formation_energy_per_atom",
        energy_above_hull=energy.clip(lower_bound=0.0),
        is_stable=energy <= 0,
        equilibrium_reaction_energy_per_atom=pl.when(energy <= 0).then(energy),
    )


def build_mp_benchmark(wheel: Path) -> pl.DataFrame:
    """Read the Materials Project's energies above the hull, moments and elastic moduli."""
    return _join_parts(
        wheel,
        {
            "energy_above_hull": "mp_e_hull",
            "total_magnetization": "mp_mu_b",
            "bulk_modulus_vrh": "mp_bulk_modulus",
            "shear_modulus_vrh": "mp_shear_modulus",
            "universal_anisotropy": "mp_elastic_anisotropy",
        },
    )


def build_matbench_tasks(wheel: Path) -> dict[str, pl.DataFrame]:
    """Read Matbench's tasks of elasticity, refractive indices, phonons and exfoliation."""
    bulk = _read_task(wheel, "elasticity_log10(K_VRH)")
    shear = _read_task(wheel, "elasticity_log10(G_VRH)")
    if not bulk["formula"].equals(shear["formula"]):
        raise ValueError("the two files of moduli do not list the same formulas")
    elastic = bulk.select(
        "formula", bulk_modulus_vrh=10 ** pl.col("target"), shear_modulus_vrh=10 ** shear["target"]
    )
    tasks = {
        "matbench_elastic": (elastic, "mb-log-kvrh-", 5),
        "matbench_dielectric": (_read_task(wheel, "dielectric", "n"), "mb-dielectric-", 4),
        "matbench_phonons": (_read_task(wheel, "phonons", "last_phdos_peak"), "mb-phonons-", 4),
        "matbench_jdft2d": (_read_task(wheel, "jdft2d", "exfoliation_energy"), "mb-jdft2d-", 3),
    }
    return {
        name: rows.select(_number(prefix, digits), pl.all())
        for name, (rows, prefix, digits) in tasks.items()
    }


def build_megnet(archives: Path, wheel: Path) -> pl.DataFrame:
    """Read MEGNET's materials, each with the formula of Matbench's row of the same energy.

    `archives` is jarvis-leaderboard's wheel, `wheel` crabnet's. Only energies that are unique to
    ENERGY_STEP in both lists give a formula; the other materials are left out.
    """
    energies, gaps = (_read_megnet(archives, name) for name in ("e_form", "gappbe"))
    step = (pl.col("energy") / ENERGY_STEP).round().cast(pl.Int64)
    named = _read_task(wheel, "mp_e_form", "energy").with_columns(step=step)
    found = pl.DataFrame(
        {
            "material_id": list(energies),
            "energy": list(energies.values()),
            "band_gap": [gaps[name] for name in energies],
        }
    ).with_columns(step=step)
    is_unique = pl.col("step").is_unique()
    return (
        found.filter(is_unique)
        .join(named.filter(is_unique).select("step", "formula"), on="step")
        .select("material_id", "formula", "band_gap", formation_energy_per_atom=pl.col("energy"))
        .sort("material_id")
    )


def _join_parts(wheel: Path, columns: Mapping[str, str]) -> pl.DataFrame:
    """One row per formula that any of the benchmarks has; `columns` maps names to benchmarks."""
    joined: pl.DataFrame | None = None
    for column, benchmark in columns.items():
        rows = _read_parts(wheel, benchmark).rename({"target": column})
        if rows["formula"].is_duplicated().any():
            raise ValueError(f"{benchmark} has a formula twice")
        joined = (
            rows if joined is None else joined.join(rows, on="formula", how="full", coalesce=True)
        )
    if joined is None:
        raise ValueError("no benchmark is named")
    return joined.sort("formula")


def _read_parts(wheel: Path, benchmark: str) -> pl.DataFrame:
    return pl.concat([_read(wheel, f"benchmark_data/{benchmark}/{part}.csv") for part in _PARTS])


def _read_task(wheel: Path, task: str, column: str = "target") -> pl.DataFrame:
    return _read(wheel, f"matbench/{task}.csv").rename({"target": column})


def _read(wheel: Path, name: str) -> pl.DataFrame:
    with ZipFile(wheel) as archive:
        table = archive.read(f"crabnet/data/{name}")
    return pl.read_csv(table, schema={"formula": pl.String, "target": pl.Float64})


def _number(prefix: str, digits: int) -> pl.Expr:
    """Name the rows as Matbench does: by their place in the file, from 1."""
    number = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(digits)
    return (pl.lit(prefix) + number).alias("material_id")


def _read_megnet(archives: Path, name: str) -> dict[str, float]:
    folder = "jarvis_leaderboard/benchmarks/AI/SinglePropertyPrediction"
    with ZipFile(archives) as archive:
        packed = archive.read(f"{folder}/megnet_{name}.json.zip")
    with ZipFile(io.BytesIO(packed)) as archive:
        parts = json.loads(archive.read(f"megnet_{name}.json"))
    return {
        material_id: float(value) for part in _PARTS for material_id, value in parts[part].items()
    }
