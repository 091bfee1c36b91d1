"""`explore.html`: what the sources know of materials, with filters that need no server."""

import base64
import gzip
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from analysis.datasets import read_rows
from analysis.pages.figure import COLOURS, Figure, style
from analysis.pages.page import PAGES, shows_already, write_page
from analysis.pages.periodic_table import PLACES, place_elements
from warehouse.catalog.lineage import digest_sources, read_versions
from warehouse.settings import code_version

PAGE = "explore.html"
EMBEDDED = "sources <> ['oqmd']"
"""Materials that the page carries: what the OQMD alone knows would make it four times as large."""

QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99]


@dataclass(frozen=True)
class Quantity:
    """A number that readers choose for an axis: its column, name, unit, and decimal places."""

    column: str
    label: str
    unit: str
    places: int


QUANTITIES = (
    Quantity("density", "density", "g/cm³", 2),
    Quantity("density_atomic", "volume per atom", "Å³", 1),
    Quantity("bulk_modulus_vrh", "bulk modulus", "GPa", 0),
    Quantity("shear_modulus_vrh", "shear modulus", "GPa", 0),
    Quantity("formation_energy_per_atom", "formation energy", "eV/atom", 3),
    Quantity("energy_above_hull", "energy above the hull", "eV/atom", 3),
    Quantity("band_gap", "calculated band gap", "eV", 2),
    Quantity("measured_band_gap", "measured band gap", "eV", 2),
)


def write_exploration(
    connection: duckdb.DuckDBPyConnection, folder: Path, pages: tuple[str, ...] = tuple(PAGES)
) -> Path:
    """Write the page."""
    rows = read_explored(connection)
    sources = rows["sources"].explode().unique().sort().to_list()
    places = place_elements(read_rows(connection, PLACES))
    values = {
        "n_rows": rows.height,
        "n_all": _count(connection),
        "packed": pack_materials(rows, sources),
        "page": {
            "quantities": [vars(quantity) for quantity in QUANTITIES],
            "sources": sources,
            "places": places.to_dict(as_series=False),
            "embedded": EMBEDDED,
            "made_from": digest_explored(connection),
        },
        "figures": [
            draw(connection)
            for draw in (draw_source_agreement, draw_stability, draw_crystal_systems)
        ],
        "versions": read_versions(connection, "marts.material_properties"),
    }
    return write_page(connection, folder, PAGE, values, pages)


def refresh_exploration(
    connection: duckdb.DuckDBPyConnection, folder: Path, pages: tuple[str, ...] = tuple(PAGES)
) -> list[Path]:
    """Write the page if it is one of `pages`, but for one of the same data by the same code.

    Returns what is new.
    """
    version = code_version()
    is_edited = version.endswith("+)")  # such code may have changed since
    parts = version, digest_explored(connection)
    if PAGE not in pages or (not is_edited and shows_already(folder / PAGE, parts, pages)):
        return []
    return [write_exploration(connection, folder, pages)]


def digest_explored(connection: duckdb.DuckDBPyConnection) -> str:
    """Digest of what the page is made from; it stands in the page."""
    return digest_sources(connection, "marts.material_properties")


def has_materials(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether there is anything to explore."""
    sql = "select 1 from staging.materials where reduced_formula <> '' and source <> 'oqmd' limit 1"
    return not read_rows(connection, sql).is_empty()


def read_explored(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Formula, sources and all quantities of the materials that the page carries."""
    columns = ", ".join(quantity.column for quantity in QUANTITIES)
    return read_rows(
        connection,
        f"select reduced_formula, sources, {columns} from marts.material_properties "
        f"where {EMBEDDED} order by reduced_formula",
    )


def pack_materials(rows: pl.DataFrame, sources: list[str]) -> str:
    """The rows as text for the page's script: gzip in base64, a line for each column.

    Entries stand between commas, numbers rounded to the places of their quantity, nothing where
    one is not known; a row's sources are the sum of the powers of two of their places.
    """
    bits = {source: 2**place for place, source in enumerate(sources)}
    known = rows["sources"].list.join(" ")  # a few hundred different ones
    masks = {names: str(sum(bits[name] for name in names.split())) for names in known.unique()}
    lines = [rows["reduced_formula"], known.replace_strict(masks, return_dtype=pl.String)]
    lines += [
        rows[quantity.column].round(quantity.places).cast(pl.String).str.strip_suffix(".0")
        for quantity in QUANTITIES
    ]
    text = "\n".join(",".join(line.fill_null("").to_list()) for line in lines)
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def draw_source_agreement(connection: duckdb.DuckDBPyConnection) -> Figure:
    """How far sources are from each other, as quantiles of the largest difference."""
    import plotly.graph_objects as go

    kinds = ("formation_energy", "energy_above_hull", "band_gap")
    parts = ",\n    ".join(
        f"unnest(quantile_cont({kind}_spread, {QUANTILES})) as {kind},\n"
        f"    count({kind}_spread) as n_{kind}"
        for kind in kinds
    )
    shares = f"unnest({QUANTILES}) as share"
    sql = f"select\n    {shares},\n    {parts}\nfrom marts.material_properties"
    rows = read_rows(connection, sql).drop_nulls("share")
    plot = go.Figure()
    for colour, kind in zip(COLOURS, kinds, strict=False):
        known = rows.drop_nulls(kind)
        if known.height:
            plot.add_scatter(
                x=(100 * known["share"]).to_list(),
                y=known[kind].to_list(),
                name=f"{kind.replace('_', ' ')} (n = {known[f'n_{kind}'][0]:,})",
                mode="lines+markers",
                line={"color": colour},
            )
    style(plot, "share of formulas (%)", "largest difference (eV, eV/atom)")
    plot.update_yaxes(rangemode="tozero")
    return Figure(
        "How far do sources agree?",
        plot,
        "Read up from 90: nine of ten formulas that several sources know differ by less than this.",
        "Releases of one database repeat the same calculations, so that many agree to the digit. "
        "Others differ in functional, corrections and the polymorphs they list: no error bar.",
        sql,
    )


def draw_stability(connection: duckdb.DuckDBPyConnection) -> Figure:
    """How many formulas are on the hull, by number of elements."""
    import plotly.graph_objects as go

    sql = """select
    n_elements,
    count(*) filter (energy_above_hull <= 0) as on_hull,
    count(*) filter (energy_above_hull > 0 and energy_above_hull <= 0.05) as near,
    count(*) filter (energy_above_hull > 0.05) as above
from marts.material_properties
where energy_above_hull is not null
group by n_elements
order by n_elements"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    names = {"on_hull": "on the hull", "near": "within 50 meV/atom", "above": "above"}
    colours = (COLOURS[2], COLOURS[5], COLOURS[1])
    for colour, (column, name) in zip(colours, names.items(), strict=True):
        x, y = rows["n_elements"].to_list(), rows[column].to_list()
        plot.add_bar(x=x, y=y, name=name, marker={"color": colour})
    style(plot, "elements in the formula", "formulas")
    plot.update_layout(barmode="stack", xaxis={"dtick": 1})
    return Figure(
        "How many are stable?",
        plot,
        "Each bar counts formulas by how far they lie above the convex hull of their source.",
        "Only formulas whose source computed a distance; `python -m analysis stability` computes "
        "it anew for any rows, with what a formula decays into.",
        sql,
    )


def draw_crystal_systems(connection: duckdb.DuckDBPyConnection) -> Figure:
    """How many formulas each crystal system has, where a source tells the space group."""
    import plotly.graph_objects as go

    sql = """select
    case
        when spacegroup_number <= 2 then 'triclinic'
        when spacegroup_number <= 15 then 'monoclinic'
        when spacegroup_number <= 74 then 'orthorhombic'
        when spacegroup_number <= 142 then 'tetragonal'
        when spacegroup_number <= 167 then 'trigonal'
        when spacegroup_number <= 194 then 'hexagonal'
        else 'cubic'
    end as crystal_system,
    count(distinct reduced_formula) as n,
    array_to_string(list_sort(list(distinct source)), ', ') as sources
from marts.source_properties
where spacegroup_number is not null
group by crystal_system
order by min(spacegroup_number)"""
    rows = read_rows(connection, sql)
    told = sorted({source for known in rows["sources"] for source in known.split(", ")})
    plot = go.Figure()
    x, y = rows["crystal_system"].to_list(), rows["n"].to_list()
    plot.add_bar(x=x, y=y, marker={"color": COLOURS[0]})
    style(plot, "", "formulas", 380)
    return Figure(
        "Which crystal systems are there?",
        plot,
        "Each bar counts formulas whose space group a source tells.",
        f"Of {', '.join(told) or 'no source yet'}: few of the shipped sources tell structures. "
        "Your own key of the Materials Project brings those of all.",
        sql,
    )


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    sql = "select count(*) as n from marts.material_properties"
    return int(read_rows(connection, sql)["n"].item())
