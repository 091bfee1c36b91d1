"""Fitted models as runs left them in the warehouse."""

import duckdb
import polars as pl

from analysis.datasets import read_rows


def read_weights(
    connection: duckdb.DuckDBPyConnection, study: str, dataset: str, model: str | None = None
) -> pl.DataFrame:
    """Weights of a model of a study of `dataset`, by default of the study's own choice.

    Columns: `model`, `run_id`, `hyperparameters` (as JSON), `descriptor`, `label` and `parameter`;
    no rows if none are kept.
    """
    return read_rows(
        connection,
        """
        select model, run_id, hyperparameters, feature as descriptor, label, parameter
        from staging.model_parameters
        inner join staging.models using (study, dataset, model, run_id)
        where study = $1 and dataset = $2 and if($3 is null, is_selected, model = $3)
        """,
        [study, dataset, model],
    )


def read_elements(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The chemical elements and the properties that descriptors are made from."""
    return read_rows(connection, "from staging.elements")
