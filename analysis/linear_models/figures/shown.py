"""What the figures of one property share: whose results they show, its names and its unit."""

import json
from dataclasses import dataclass

import duckdb

from analysis.datasets import read_rows
from warehouse.quoting import quote_text

MEDIAN = 0.5
LOSSES = {
    "mae": "mean absolute error",
    "pinball_loss": "mean pinball loss",
    "log_loss": "log loss",
}
"""Scores of the curves in words."""
MOST_OWN = 6
"""Descriptors beside the formula's that a page names."""


@dataclass(frozen=True)
class ShownProperty:
    """A property that was fitted.

    Attributes:
        name: Data set in the tables of results.
        run_id: The run that shows.
        column: Name of the property.
        unit: Of the target as it was fitted; "1" if it has none.
        split: The split whose score tells.
        model: The product's choice.
        classes: Names of the classes; empty for a number.
        notes: How the target was read.
        own: Descriptors that a formula does not tell.
        sets: Sets of descriptors that it reads.
        is_thorough: Whether models that are not linear were fitted.
        quantile: What is predicted of a number; 0.5 is its middle.
        l1_ratio: Share of L1 in the penalty.
        calibration: What was made of the probabilities of classes.
        study: Whose results they are.
        data: What the data set is called on a page that is about it alone; "" where titles name it.

    """

    name: str
    run_id: str
    column: str
    unit: str
    split: str
    model: str
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    is_thorough: bool = False
    quantile: float = MEDIAN
    l1_ratio: float = 0.0
    calibration: str = "none"
    study: str = "property"
    data: str = ""

    @property
    def where(self) -> str:
        """Condition in SQL on the rows of the tables of results."""
        return f"study = '{self.study}' and dataset = {quote_text(self.name)}"

    def title(self, words: str) -> str:
        """A figure's title, which names the property where the page has several."""
        return words if self.data else f"{words}: {self.name}"

    def caption(self, words: str) -> str:
        """A figure's caption, which names the data where its title does not."""
        return f"{self.data}; {words}" if self.data else f"{words[0].upper()}{words[1:]}"

    @property
    def strength_axis(self) -> str:
        """The strength of the penalty; of classes by what scikit-learn has instead."""
        return f"strength of the penalty{', 1/C' if self.classes else ''}"

    @property
    def reads(self) -> str:
        """What the model reads."""
        if not self.own:
            return "the formula alone"
        more = f" and {len(self.own) - MOST_OWN} more" if len(self.own) > MOST_OWN else ""
        return f"the formula, {', '.join(self.own[:MOST_OWN])}{more}"

    @property
    def label(self) -> str:
        """The property in words."""
        return self.column.replace("_", " ")

    @property
    def axis(self) -> str:
        """The property with its unit, as an axis has it."""
        return self.label if self.unit == "1" else f"{self.label} ({self.unit})"

    @property
    def metric(self) -> str:
        """The score of the curves."""
        if self.classes:
            return "log_loss"
        return "mae" if self.quantile == MEDIAN else "pinball_loss"

    @property
    def loss_axis(self) -> str:
        """That score with its unit, as an axis has it."""
        name, unit = LOSSES[self.metric], "nat" if self.classes else self.unit
        return name if unit == "1" else f"{name} ({unit})"

    @property
    def loss_name(self) -> str:
        """That score in a sentence."""
        return "error" if self.metric == "mae" else LOSSES[self.metric]

    @property
    def suffix(self) -> str:
        """What stands behind a number of the property."""
        return "" if self.unit == "1" else f" {self.unit}"


def read_shown(connection: duckdb.DuckDBPyConnection) -> list[ShownProperty]:
    """The properties that were fitted, in alphabetical order of their data sets."""
    rows = read_rows(
        connection,
        """
        select models.dataset, models.run_id, models.model, models.hyperparameters,
            bool_or(metrics.split = 'official_folds') as is_official,
            models.dataset in (
                select dataset from staging.models
                where study = 'property' and model = 'random_forest'
            ) as is_thorough
        from staging.models as models
        inner join staging.metrics as metrics using (study, dataset, model, run_id)
        where models.study = 'property' and models.is_selected
        group by all
        order by models.dataset
        """,
    )
    shown = []
    for name, run_id, model, text, is_official, is_thorough in rows.iter_rows():
        chosen = json.loads(text)
        split = "official_folds" if is_official else "formula_groups"
        keys = ("classes", "notes", "own", "sets")
        classes, notes, own, sets = (tuple(chosen.get(key, ())) for key in keys)
        which = (name, run_id, chosen["column"], chosen["unit"], split, model)
        how = (chosen.get("quantile", MEDIAN), chosen.get("l1_ratio", 0.0))
        calibration = chosen.get("calibration", "none")
        lists = (classes, notes, own, sets)
        shown.append(ShownProperty(*which, *lists, is_thorough, *how, calibration))
    return shown
