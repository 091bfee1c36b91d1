"""The metals page: each question with its answer, its figures and the queries behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from analysis.labels import FormulaSplit, Metric
from analysis.linear_models.figures.boards import FORMULA
from analysis.linear_models.figures.elements import draw_unseen_elements
from analysis.linear_models.figures.importance import draw_importance
from analysis.linear_models.figures.reliability import draw_reliability
from analysis.linear_models.figures.scores import read_board, read_score_table
from analysis.linear_models.figures.shown import ShownProperty
from analysis.linear_models.figures.sums import draw_sum
from analysis.linear_models.figures.sweeps import (
    draw_learning,
    draw_mixing,
    draw_mixture,
    draw_strength,
)
from analysis.linear_models.figures.thresholds import draw_thresholds
from analysis.linear_models.figures.weights import draw_weights
from analysis.metals.benchmarks import Benchmark, transfer_of
from analysis.metals.figures import (
    disagreement,
    generalisation,
    ladder,
    periodic_table,
    tuning,
)
from analysis.metals.figures.property_gains import draw_property_gains, read_property_gains
from analysis.metals.figures.quoted_numbers import (
    fitted_benchmarks,
    ladder_tables,
    read_energy_gain,
    read_size,
    show_classifier,
)
from analysis.metals.inquiries.descriptor_ladder import SELECTED
from analysis.metals.inquiries.structure_ladder import count_live
from analysis.metals.labels import METAL_LABELS
from analysis.pages.figure import Figure
from analysis.pages.page import ShownRun, write_page
from analysis.runs.references import REFERENCES

METRICS = (Metric.BALANCED_ACCURACY, Metric.F1, Metric.ROC_AUC, Metric.BRIER)
SEES: dict[str, str] = {
    Benchmark.CALCULATED: "formula and size of the cell",
    Benchmark.MEASURED: FORMULA,
}


@dataclass(frozen=True)
class Question:
    """A question, its answer in bold figures and a sentence, and the figures that show it."""

    heading: str
    answer: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    anchor: str


def write_metals_page(
    connection: duckdb.DuckDBPyConnection, folder: Path, run: ShownRun, pages: tuple[str, ...]
) -> Path:
    """Write `metals.html`: scores of each benchmark, questions and figures of the first."""
    gains = read_property_gains(folder)
    fitted = [show_classifier(connection, name) for name in fitted_benchmarks(connection)]
    tables = [read_score_table(connection, shown, METRICS) for shown in fitted]
    return write_page(
        connection,
        folder,
        "metals.html",
        {
            "n_features": read_size(connection, fitted[0])[0] - 1,
            "n_materials": [(table["rows"][0]["n"], table["title"]) for table in tables],
            "n_live": count_live(connection),
            "tables": tables,
            "boards": [read_board(connection, shown, SEES[shown.name]) for shown in fitted],
            "ladders": ladder_tables(connection, fitted),
            "has_live_ladder": bool(ladder.read_live_steps(connection)),
            "errors": generalisation.read_errors(connection, fitted[0]),
            "questions": make_questions(connection, fitted[0]),
            "gains": gains.ranked.to_dicts() if gains else [],
            "gains_figure": draw_property_gains(gains) if gains else None,
            "is_thorough": fitted[0].is_thorough,
            "run_id": run.run_id,
            "versions": run.versions,
        },
        pages,
        METAL_LABELS,
    )


def make_questions(connection: duckdb.DuckDBPyConnection, shown: ShownProperty) -> list[Question]:
    """All questions of the page on a classifier, in order."""
    benchmark = shown.name
    scores = {
        row["split"]: {cell["metric"]: cell["value"] for cell in row["cells"]}
        for row in read_score_table(connection, shown, METRICS)["rows"]
    }
    steps = {step.rung: step for step in ladder.read_metal_steps(connection, benchmark)}
    best = steps[SELECTED].means
    reference = max(
        (step for name, step in steps.items() if name in REFERENCES),
        key=lambda step: step.means["balanced_accuracy"],
        default=None,
    )
    n_parameters, strength = read_size(connection, shown)
    energy = read_energy_gain(connection, benchmark)
    transfer = scores[transfer_of(benchmark)]
    words_of_transfer = FormulaSplit.label_of(transfer_of(benchmark))

    def drawn(*figures: Callable[..., Figure | None]) -> tuple[Figure, ...]:
        """Figures of what there is; a quick study leaves most out."""
        return tuple(figure for draw in figures if (figure := draw(connection, shown)))

    return [
        Question(
            "What is the model?",
            ((f"{n_parameters:,}", "parameters: intercept and descriptors"),
             ("0.5", "threshold of the probability")),
            drawn(partial(draw_sum, chosen="three whose chemistry is known")),
            "model",
        ),
        Question(
            "What do the hyperparameters do?",
            (
                (
                    f"C = {strength:g}",
                    f"of the last fit, chosen on held-out formulas: a strength of {1 / strength:g}",
                ),
            ),
            drawn(draw_strength, draw_mixing, draw_mixture, draw_thresholds,
                  tuning.draw_scaling, tuning.draw_solvers),
            "hyperparameters",
        ),
        Question(
            "Which features matter?",
            (),
            drawn(draw_importance, draw_weights, periodic_table.draw_metal_share),
            "features",
        ),
        Question(
            "Do other properties make better descriptors?",
            ((f"{best['balanced_accuracy']:.4f}", "balanced accuracy, official folds"),
             (f"{best['roc_auc']:.4f}", "true ROC AUC"),
             (energy, "change of balanced accuracy with the formation energy")),
            drawn(ladder.draw_metal_ladder),
            "ladder",
        ),
        Question(
            "How honest is the score?",
            tuple(
                (f"{scores[split]['balanced_accuracy']:.4f}", f"balanced accuracy, {split.label}")
                for split in FormulaSplit if split in scores
            )[:3],
            drawn(
                generalisation.draw_splits, draw_reliability, draw_learning, draw_unseen_elements
            ),
            "honesty",
        ),
        Question(
            "Does it hold in the laboratory?",
            ((f"{transfer['balanced_accuracy']:.4f}", f"balanced accuracy, {words_of_transfer}"),
             (f"{transfer['roc_auc']:.4f}", f"ROC AUC, {words_of_transfer}")),
            (disagreement.draw_disagreement(connection),),
            "laboratory",
        ),
        Question(
            "What does linearity cost?",
            () if reference is None else (
                (f"{reference.gain:+.4f}", f"balanced accuracy of {reference.label}, the best "
                 "of them, over the linear model: at least so much"),
                (f"{reference.means['roc_auc']:.4f}", f"its ROC AUC, n = {reference.n:,}"),
            ),
            (),
            "linearity",
        ),
    ]  # fmt: skip
