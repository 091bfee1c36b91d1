"""Fits and judges models on the warehouse's marts, and writes what it finds back and into pages."""

from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.cluster_expansion.prediction import FittedExpansion
    from analysis.metals.prediction import FittedClassifier
    from analysis.properties.prediction import FittedClassification, FittedRegression

__all__ = ["load_model"]


@overload
def load_model(
    study: Literal["metals"],
    dataset: str,
    model: str | None = None,
    *,
    warehouse: "str | Path | None" = None,
) -> "FittedClassifier": ...


@overload
def load_model(
    study: Literal["property"],
    dataset: str,
    model: str | None = None,
    *,
    warehouse: "str | Path | None" = None,
) -> "FittedRegression | FittedClassification": ...


@overload
def load_model(
    study: Literal["cluster_expansion"],
    dataset: str,
    model: str | None = None,
    *,
    warehouse: "str | Path | None" = None,
) -> "FittedExpansion": ...


def load_model(
    study: str,
    dataset: str,
    model: str | None = None,
    *,
    warehouse: "str | Path | None" = None,
) -> "FittedClassifier | FittedExpansion | FittedRegression | FittedClassification":
    """Load a model of the newest run of a study, to predict with it.

        from analysis import load_model

        classifier = load_model("metals", "matbench_mp_is_metal")
        classifier.predict(["Cu3Au", "GaN"])  # probability that each is a metal
        load_model("property", "matbench_expt_gap").predict(["GaN"])  # band gap, eV
        expansion = load_model("cluster_expansion", "au-cu")
        expansion.predict(["2-1-1", "4-6-1"])  # formation energy of each, eV/atom

    Args:
        study: `metals`, `cluster_expansion` or `property`.
        dataset: Benchmark, alloy or property that the study was about: `matbench_mp_is_metal`,
            `au-cu`, `matbench_mp_gap`.
        model: Name of the model within its study, such as `lasso`. Default: the study's choice.
        warehouse: Folder, or `s3://BUCKET/PREFIX`. Default: `$WAREHOUSE_DIR`, or else `data`.

    Raises:
        WarehouseError: There is no warehouse, no such study, or no such model; the hint says
            what there is, or what to run.

    """
    from dataclasses import replace

    from warehouse.catalog.connection import connect
    from warehouse.errors import WarehouseError
    from warehouse.storage.warehouse import Warehouse

    place = Warehouse.find(warehouse)
    place = replace(place, root=place.root.absolute())  # The model outlives a change of folder.
    with connect(place) as connection:
        if study == "metals":
            from analysis.metals.prediction import load_classifier

            return load_classifier(connection, dataset, model)
        if study == "property":
            from analysis.properties.prediction import load_property

            return load_property(connection, dataset)
        if study == "cluster_expansion":
            from analysis.cluster_expansion.prediction import load_expansion
            from warehouse.conventions.alloys import Alloy

            return load_expansion(connection, place, Alloy.parse(dataset), model)
    raise WarehouseError(
        f"there is no study '{study}'", hint="name one of metals, cluster_expansion and property"
    )
