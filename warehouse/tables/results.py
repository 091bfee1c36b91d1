"""Tables of what the studies find: models, their parameters, predictions and scores."""

import dataframely as dy

from warehouse.tables.doc import doc


class Models(dy.Schema):
    """One row per fitted model: the newest run of each study of a data set."""

    study = dy.String(primary_key=True, metadata=doc("cluster_expansion or metals"))
    dataset = dy.String(primary_key=True, metadata=doc("alloy or benchmark that was studied"))
    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    run_id = dy.String(nullable=False, metadata=doc("digest of data, views and settings"))
    feature_space = dy.String(
        nullable=False, metadata=doc("what the features are: a cluster space or a view")
    )
    hyperparameters = dy.String(nullable=False, metadata=doc("settings of the fit, as JSON"))
    is_selected = dy.Bool(
        nullable=False, metadata=doc("whether this is the product's own choice of the run")
    )
    lineage = dy.String(
        nullable=False, metadata=doc("versions of the tables and views that were read, as JSON")
    )


class ModelParameters(dy.Schema):
    """One row per parameter of a fitted model."""

    study = dy.String(primary_key=True, metadata=doc("cluster_expansion or metals"))
    dataset = dy.String(primary_key=True, metadata=doc("alloy or benchmark that was studied"))
    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    feature = dy.String(
        primary_key=True,
        metadata=doc("what the parameter multiplies; an orbit's index for an expansion"),
    )
    run_id = dy.String(nullable=False, metadata=doc("digest of data, views and settings"))
    parameter = dy.Float64(
        nullable=False, metadata=doc("factor of the feature; in eV for an expansion")
    )
    scale = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=doc("standard deviation in training of what was penalised; NULL if nothing was"),
    )


class Predictions(dy.Schema):
    """One row per sample and split: what a model said of the sample.

    It had not seen the sample, but for the split `training`.
    """

    study = dy.String(primary_key=True, metadata=doc("cluster_expansion or metals"))
    dataset = dy.String(primary_key=True, metadata=doc("alloy or benchmark that was studied"))
    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    split = dy.String(primary_key=True, metadata=doc("how training and test rows were parted"))
    sample_id = dy.String(
        primary_key=True, metadata=doc("structure_id or material_id of the sample")
    )
    run_id = dy.String(nullable=False, metadata=doc("digest of data, views and settings"))
    fold = dy.Int64(nullable=True, metadata=doc("fold that tests this row", "1"))
    target = dy.Float64(
        nullable=False, metadata=doc("what was to be predicted: eV/atom, or 1 for a metal")
    )
    prediction = dy.Float64(
        nullable=False, metadata=doc("what was predicted: eV/atom, or probability of a metal")
    )


class Metrics(dy.Schema):
    """One row per score of a model on a split."""

    study = dy.String(primary_key=True, metadata=doc("cluster_expansion or metals"))
    dataset = dy.String(primary_key=True, metadata=doc("alloy or benchmark that was studied"))
    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    split = dy.String(primary_key=True, metadata=doc("how training and test rows were parted"))
    metric = dy.String(primary_key=True, metadata=doc("name of the score"))
    run_id = dy.String(nullable=False, metadata=doc("digest of data, views and settings"))
    value = dy.Float64(nullable=False, metadata=doc("the score, in `unit`"))
    unit = dy.String(nullable=False, metadata=doc("unit of the score; 1 if it has none"))
    std = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=doc("standard deviation of the score over folds; NULL for a single one"),
    )
    n = dy.Int64(nullable=False, min=1, metadata=doc("samples that were scored", "1"))
