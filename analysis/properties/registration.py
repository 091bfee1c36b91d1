"""What `analysis.studies` knows of this wing: its study of one property."""

import duckdb

from analysis.descriptors import DESCRIBING, MAGPIE, SPLITS
from analysis.properties.reading.further import VIEWS
from analysis.properties.reading.query import write_query
from analysis.properties.reading.sql_text import read_query_text
from analysis.properties.settings import SETS, PropertySettings
from analysis.properties.tasks import TASKS
from analysis.runs.study import Study, StudyFit
from warehouse.quoting import quote_text


def _read(connection: duckdb.DuckDBPyConnection, name: str, settings: PropertySettings) -> StudyFit:
    """Read the property and the descriptors of its formulas, and return the study's fit of them."""
    from analysis.properties.data import read_property
    from analysis.properties.study import run_property_study

    data = read_property(connection, name, settings)
    return lambda track: run_property_study(data, settings, track)


def _reads(settings: PropertySettings) -> tuple[str, ...]:
    """Views that the query of a study reads."""
    from warehouse.catalog.views import read_names

    query = read_query_text(write_query(settings))
    further = {VIEWS.get(name, name) for name in settings.sets if name not in SETS}
    return tuple(sorted({*read_names(query), *further}))


def _scope(name: str, settings: PropertySettings) -> dict[str, str]:
    """Rows of the source or table; of a query all rows of the tables that it reads count."""
    if settings.table:
        return {"raw.own_values": f"source = {quote_text(settings.table)}"}
    if not settings.source:
        return {}
    task = TASKS.get(settings.source)
    of = quote_text(task.source if task else settings.source)
    return {"raw.materials": f"source = {of}"}


STUDIES = (
    Study(
        name="property",
        settings=PropertySettings,
        views=("staging.elements",),
        applies=(*DESCRIBING, MAGPIE, SPLITS),
        reads=_reads,
        scope=_scope,
        modules=("analysis/properties/data.py", "analysis/properties/study.py"),
        count="select 0",
        score="mae",
        split="official_folds",
        others=(
            ("official_folds", "balanced_accuracy"),
            ("formula_groups", "mae"),
            ("formula_groups", "balanced_accuracy"),
            ("formula_groups", "macro_f1"),
            ("formula_groups", "roc_auc"),
            ("formula_groups", "log_loss"),
            ("official_folds", "pinball_loss"),
            ("formula_groups", "pinball_loss"),
            ("formula_groups", "share_below"),
            ("formula_groups", "brier"),
            ("formula_groups", "weighted_mae"),
            ("formula_groups", "weighted_log_loss"),
        ),
        is_mean_of_folds=True,
        read=_read,
    ),
)
