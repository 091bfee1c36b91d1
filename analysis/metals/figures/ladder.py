"""Figures: the classifier's ladders of descriptors, beside what is published."""

from dataclasses import replace

import duckdb

from analysis.linear_models.figures.boards import BOARDS
from analysis.linear_models.figures.ladder import Step, draw_ladder, read_steps
from analysis.linear_models.figures.shown import ShownProperty
from analysis.metals.benchmarks import Benchmark
from analysis.metals.inquiries.descriptor_ladder import RUNGS, SELECTED
from analysis.metals.inquiries.structure_ladder import STRUCTURE_RUNGS
from analysis.metals.labels import LadderRung, StructureRung
from analysis.pages.figure import COLOURS, Figure

ACCURACY = "balanced_accuracy"
MARKED = ("RF-SCM/Magpie", "ALIGNN")
"""The board's baseline, and its best entry but for one that is doubted."""


def draw_metal_ladder(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> Figure:
    """Balanced accuracy of each rung on each official fold, with two published ones as lines."""
    figure = draw_ladder(connection, shown, RUNGS, [LadderRung], SELECTED)
    again = [
        f" Putting Magpie's averages back on top changes {step.told}."
        for step in read_metal_steps(connection, shown.name)
        if step.rung == "magpie_again"
    ]
    caption = figure.caption
    if shown.name == Benchmark.CALCULATED:
        board = BOARDS[shown.name]
        published = {entry.name: entry.score for entry in board}
        for place, name in enumerate(MARKED):
            figure.plot.add_vline(
                x=published[name], line={"dash": "dot", "color": COLOURS[1], "width": 1.5},
                annotation_text=f"{name}, sees structures", annotation_textangle=0,
                annotation_font_size=11, annotation_position=("bottom left", "bottom right")[place],
            )  # fmt: skip
        caption += (
            f" The lines are two of {len(board)} published entries; the highest, {board[0].name} "
            f"with {board[0].score:.3f}, is doubted: the study's page has all of them, and why."
        )
    return replace(
        figure,
        caption=caption,
        reading=f"{figure.reading}{''.join(again)} That electrons pair up and that charges must "
        "balance came from thought; what each element does at which charge, in which role and "
        "beside which other is learned from the data.",
    )


def read_metal_steps(connection: duckdb.DuckDBPyConnection, benchmark: str) -> list[Step]:
    """Scores of each rung, and its paired gain in balanced accuracy over the one it adds to."""
    where = f"study = 'metals' and dataset = '{benchmark}' and curve = 'ladder'"
    return read_steps(connection, where, ACCURACY, RUNGS, [LadderRung], SELECTED)


def read_live_steps(connection: duckdb.DuckDBPyConnection) -> list[Step]:
    """The same of the Materials Project's own rows, each rung beside the one below; maybe none."""
    where = f"study = 'metals' and dataset = '{Benchmark.LIVE}' and curve = 'structure'"
    return read_steps(connection, where, ACCURACY, STRUCTURE_RUNGS, [StructureRung])
