"""Options of `python -m ingest`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from warehouse.conventions.alloys import Alloy
from warehouse.conventions.cluster_spaces import DEFAULT_CUTOFFS, list_cutoffs

TableArgument = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV or Parquet.")]
TableNameOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What it is called.", show_default="the file's name"),
]
FormulaOption = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column with formulas such as Cu3Au.",
        show_default="formula, composition, chemical_formula, formula_pretty or reduced_formula",
    ),
]
AlloysOption = Annotated[
    list[Alloy] | None,
    typer.Option(
        "--alloy", metavar="NAME", parser=Alloy.parse, help="For example au-cu or ag-au-cu."
    ),
]
SourceOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="PATH",
        help="Your own structures: a folder of VASP runs, an extxyz file, an ASE database, or a "
        "CSV or Parquet index of energies beside structure files.",
    ),
]
SpeciesOption = Annotated[
    Alloy | None,
    typer.Option(
        metavar="A,B,...", parser=Alloy.parse, help="The elements of --from, in any order: Au,Cu."
    ),
]
SitesOption = Annotated[
    str | None,
    typer.Option(
        metavar="A,B;C;...",
        help="Instead of --species: the species on each site of --parent in turn, X a vacancy: "
        '"Li,X; Ni; O; O". Or those on the sites of an element, all others inert: "Li=Li,X".',
    ),
]
LatticeOption = Annotated[
    str,
    typer.Option(
        "--parent",
        metavar="NAME|FILE",
        help="Parent lattice of --from: fcc, bcc, hcp, or a file of the ideal crystal.",
    ),
]
ReferenceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        metavar="A=ENERGY",
        help="Energy in eV per atom of a pure element, or of an end member such as NiO2, that "
        "--from lacks.",
    ),
]
EnergyOption = Annotated[
    str | None,
    typer.Option(
        "--energy",
        metavar="NAME",
        help="Property or column of --from that is the energy.  [default: energy, free_energy; "
        "total_energy of an index]",
    ),
]
PerAtomOption = Annotated[
    bool, typer.Option("--per-atom", help="Energies of --from are in eV per atom.")
]
WhereOption = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help="Only these structures of --from: SQL on columns of raw.alloy_structures.",
    ),
]
ClustersCutoffsOption = Annotated[
    str | None,
    typer.Option(
        metavar="PAIR,TRIPLET,...",
        help="Longest pair, triplet, ... in lattice parameters a.  "
        f"[default: {list_cutoffs(DEFAULT_CUTOFFS)}]",
    ),
]
MaxAtomsOption = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        help="Most atoms per cell, vacancies among them but no atoms on inert sites; at most 20, "
        "of three elements 12.",
    ),
]
EnumeratedSitesOption = Annotated[
    str | None,
    typer.Option(
        "--sites",
        metavar="A,B;C;...",
        help="The species on each site of --parent in turn, X a vacancy, or on those of an "
        "element, as in `python -m ingest alloys`.  [default: two on each]",
    ),
]
ParentOption = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help="Parent lattice: fcc, bcc, hcp, a name in raw.parent_lattices, or a file of the ideal "
        "crystal.",
    ),
]
ClustersParentOption = Annotated[
    str | None,
    typer.Option(
        "--parent",
        metavar="NAME",
        help="Parent lattice, as in raw.parent_lattices.  [default: each that has supercells]",
    ),
]

MaterialsSourceOption = Annotated[
    Literal["matbench", "materials-project"], typer.Option(help="Shipped materials, or live ones.")
]
ChemsysOption = Annotated[
    str | None, typer.Option(metavar="A-B,...", help="Only these chemical systems.")
]
ElementsOption = Annotated[
    str | None, typer.Option(metavar="A,B,...", help="Only what has all these elements.")
]
MaterialIdsOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Only these identifiers, one per line.")
]
SinceOption = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only what was calculated since.")
]
FieldsOption = Annotated[
    str | None,
    typer.Option(metavar="A,B,...", help="Fields to ask for; others stay.  [default: all]"),
]
NonCommercialOption = Annotated[
    bool, typer.Option("--include-non-commercial", help="Also rows under CC BY-NC.")
]
BulkOption = Annotated[
    bool, typer.Option("--bulk", help="Read the public Delta table instead; needs no key.")
]
BulkUriOption = Annotated[
    str | None, typer.Option(metavar="URI", help="A copy of that table: a folder or s3://...")
]
EndpointOption = Annotated[
    str | None, typer.Option(metavar="URL", help="Another server of the API.")
]
