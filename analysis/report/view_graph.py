"""Draws which view reads which as an SVG, in columns from raw tables to checks."""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from warehouse.catalog.views import LAYERS

Reads = Mapping[str, Sequence[str]]
"""What each table or view reads, by name."""
WIDTH, HEIGHT = 170, 19
"""Size of a box."""
COLUMN, ROW = 238, 25
"""Distance between boxes side by side, and of those of the tallest column."""
TOP = 34
SWEEPS = 6
"""How often every layer is put in order; more changes little."""


def draw_graph(reads: Reads) -> dict[str, Any]:
    """What a template needs: size of the drawing, boxes by name, and edges as paths."""
    columns = arrange(reads)
    tallest = max(map(len, columns.values()))
    places = {
        name: (
            COLUMN * number + 1,
            TOP + ROW * tallest * (row + 0.5) / len(names) - HEIGHT / 2,
        )
        for number, names in enumerate(columns.values())
        for row, name in enumerate(names)
    }
    return {
        "width": COLUMN * (len(columns) - 1) + WIDTH + 2,
        "height": TOP + ROW * tallest,
        "box": (WIDTH, HEIGHT),
        "titles": [(layer, COLUMN * number + 1) for number, layer in enumerate(columns)],
        "boxes": [(name, *place) for name, place in places.items()],
        "edges": [
            (source, name, _path(places[source], places[name]))
            for name, sources in reads.items()
            for source in sources
        ],
    }


def arrange(reads: Reads) -> dict[str, list[str]]:
    """Names of each layer from top to bottom.

    A view stands below those of its layer that it reads, and otherwise near the mean height of its
    neighbours in other layers, so that few edges cross (Sugiyama's heuristic,
    doi:10.1109/TSMC.1981.4308636, with the order inside a layer kept).
    """
    columns = {layer: [name for name in reads if _layer(name) == layer] for layer in LAYERS}
    neighbours: dict[str, list[str]] = {name: [] for name in reads}
    for name, sources in reads.items():
        for source in sources:
            if _layer(source) != _layer(name):
                neighbours[name].append(source)
                neighbours[source].append(name)
    heights = {
        name: (row + 0.5) / len(names)
        for names in columns.values()
        for row, name in enumerate(names)
    }
    for _ in range(SWEEPS):
        for layer, names in columns.items():
            wanted = {
                name: _mean([heights[other] for other in neighbours[name]], heights[name])
                for name in names
            }
            columns[layer] = _sort(names, reads, wanted)
            for row, name in enumerate(columns[layer]):
                heights[name] = (row + 0.5) / len(names)
    return columns


def _sort(names: Sequence[str], reads: Reads, wanted: Mapping[str, float]) -> list[str]:
    """`names` by wanted height, but each below those of them that it reads."""
    sorter = TopologicalSorter(
        {name: [source for source in reads[name] if source in wanted] for name in names}
    )
    sorter.prepare()
    ready: list[str] = []
    done: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=lambda name: (wanted[name], name))
        done.append(ready.pop(0))
        sorter.done(done[-1])
    return done


def _layer(name: str) -> str:
    return name.partition(".")[0]


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _path(start: tuple[float, float], end: tuple[float, float]) -> str:
    """From a box to one in a later column, or around the left side to one below it."""
    (x, y), (to_x, to_y) = ((left, top + HEIGHT / 2) for left, top in (start, end))
    if x == to_x:
        bend = x - 10 - 0.16 * abs(to_y - y) ** 0.85
        return f"M{x},{y:.1f}C{bend:.1f},{y:.1f} {bend:.1f},{to_y:.1f} {to_x},{to_y:.1f}"
    x += WIDTH
    bend = (to_x - x) / 2
    return f"M{x},{y:.1f}C{x + bend},{y:.1f} {to_x - bend},{to_y:.1f} {to_x},{to_y:.1f}"
