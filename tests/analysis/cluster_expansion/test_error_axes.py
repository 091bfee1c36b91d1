"""Axes of errors: logarithmic where they differ much, whatever a fit without error would do."""

import duckdb
import numpy as np
import pytest

from analysis.cluster_expansion.figures.regularisation import draw_errors
from tests.support.alloys import AU_CU

CURVES = """
create schema marts;
create table marts.curves as
select
    'cluster_expansion' as study, 'au-cu' as dataset, 'strength' as curve, model, setting,
    part, metric, value, 0 as standard_error, 9 as n
from (values ('ridge'), ('lasso')) models(model), (values
    ('training', 'rmse', $training, 1), ('validation', 'rmse', $lowest, 1),
    ('validation', 'rmse', $highest, 9),
    ('training', 'non_zero', 1, 1), ('training', 'non_zero', 1, 9)
) curves(part, metric, value, setting)
"""


@pytest.mark.parametrize(
    ("training", "lowest", "highest", "shown"),
    [
        (2, 4, 20, (0, 21)),
        (1e-13, 1, 100, (0.2, 105)),  # More parameters than structures.
        (0, 0, 100, (0, 105)),  # No error at all.
    ],
)
def test_errors_along_a_path_are_all_seen(training, lowest, highest, shown):
    with duckdb.connect() as connection:
        values = {"training": training, "lowest": lowest, "highest": highest}
        connection.execute(CURVES, {name: float(value) for name, value in values.items()})
        axis = draw_errors(connection, AU_CU).plot.layout.yaxis
    ends = np.power(10, axis.range) if axis.type == "log" else np.array(axis.range)
    assert ends == pytest.approx(shown)
    assert (axis.type == "log") == (highest > 12 * lowest > 0)
