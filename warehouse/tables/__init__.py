"""The tables of the warehouse: one schema class each, every column with unit and meaning.

A schema class states types, nullability, ranges, the primary key and rules across columns.
Rows that break one of them never enter the table; `warehouse.storage.store` quarantines them.
"""

from collections.abc import Mapping

import dataframely as dy

from warehouse.tables.alloys import AlloyStructures, LatticeMappings
from warehouse.tables.elements import BenchmarkFolds, Elements
from warehouse.tables.lattices import (
    MAX_SITES,
    OCCUPATION_BITS,
    DerivativeStructures,
    Orbits,
    ParentLattices,
    SupercellMasks,
    SupercellOrbits,
    Supercells,
)
from warehouse.tables.materials import Materials
from warehouse.tables.own import OwnValues
from warehouse.tables.quarantine import Quarantine
from warehouse.tables.results import (
    Curves,
    Metrics,
    ModelParameters,
    Models,
    ParameterDraws,
    ParameterPaths,
    Predictions,
)
from warehouse.tables.simulations import (
    EnsembleAverages,
    PhaseFacets,
    Simulations,
    Snapshots,
)
from warehouse.tables.stability import HullFacets, Stabilities

__all__ = [
    "MAX_SITES",
    "OCCUPATION_BITS",
    "TABLES",
    "AlloyStructures",
    "BenchmarkFolds",
    "Curves",
    "DerivativeStructures",
    "Elements",
    "EnsembleAverages",
    "HullFacets",
    "LatticeMappings",
    "Materials",
    "Metrics",
    "ModelParameters",
    "Models",
    "Orbits",
    "OwnValues",
    "ParameterDraws",
    "ParameterPaths",
    "ParentLattices",
    "PhaseFacets",
    "Predictions",
    "Quarantine",
    "Simulations",
    "Snapshots",
    "Stabilities",
    "SupercellMasks",
    "SupercellOrbits",
    "Supercells",
    "column_docs",
    "table_doc",
    "untold_values",
]

TABLES: Mapping[str, type[dy.Schema]] = {
    "materials": Materials,
    "elements": Elements,
    "benchmark_folds": BenchmarkFolds,
    "own_values": OwnValues,
    "alloy_structures": AlloyStructures,
    "lattice_mappings": LatticeMappings,
    "hull_facets": HullFacets,
    "parent_lattices": ParentLattices,
    "supercells": Supercells,
    "derivative_structures": DerivativeStructures,
    "orbits": Orbits,
    "supercell_masks": SupercellMasks,
    "supercell_orbits": SupercellOrbits,
    "models": Models,
    "model_parameters": ModelParameters,
    "predictions": Predictions,
    "metrics": Metrics,
    "curves": Curves,
    "parameter_paths": ParameterPaths,
    "parameter_draws": ParameterDraws,
    "simulations": Simulations,
    "ensemble_averages": EnsembleAverages,
    "snapshots": Snapshots,
    "phase_facets": PhaseFacets,
    "stabilities": Stabilities,
    "quarantine": Quarantine,
}
"""Every table by name."""


def column_docs(table: str) -> dict[str, str]:
    """Documentation of each column of `table`, in the table's order."""
    return {
        name: str((column.metadata or {})["doc"])
        for name, column in TABLES[table].columns().items()
    }


def untold_values(schema: type[dy.Schema]) -> dict[str, str]:
    """What a row has in the columns that its writer did not know of; NULL in all others."""
    metadata = {name: column.metadata or {} for name, column in schema.columns().items()}
    return {name: known["untold"] for name, known in metadata.items() if "untold" in known}


def table_doc(table: str) -> str:
    """What one row of `table` is."""
    return (TABLES[table].__doc__ or "").strip()
