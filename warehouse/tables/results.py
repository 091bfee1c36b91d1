"""Tables of what the studies find: models, parameters, predictions, scores and curves."""

import dataframely as dy

from warehouse.tables.doc import doc


class OfStudy(dy.Schema):
    """What every row of results has."""

    study = dy.String(
        primary_key=True,
        metadata=doc("cluster_expansion or metals; a single fit's ends with _fit"),
    )
    dataset = dy.String(primary_key=True, metadata=doc("alloy or benchmark that was studied"))


CLASS_LABEL_DOC = doc("class that it is about, where there are some; else empty", untold="")


class OfRun(OfStudy):
    """Likewise, in the tables that hold several runs while one is written."""

    run_id = dy.String(primary_key=True, metadata=doc("digest of all that decides the run"))


class Models(OfStudy):
    """One row per fitted model: the newest run of each study of a data set."""

    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    run_id = dy.String(nullable=False, metadata=doc("digest of all that decides the run"))
    feature_space = dy.String(
        nullable=False, metadata=doc("what the features are: a cluster space or a view")
    )
    hyperparameters = dy.String(nullable=False, metadata=doc("settings of the fit, as JSON"))
    is_selected = dy.Bool(
        nullable=False, metadata=doc("whether this is the product's own choice of the run")
    )
    lineage = dy.String(
        nullable=False, metadata=doc("all that decided the run, part by part, as JSON")
    )


class ModelParameters(OfRun):
    """One row per parameter of a fitted model."""

    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    feature = dy.String(
        primary_key=True,
        metadata=doc("what the parameter multiplies; an orbit's index for an expansion"),
    )
    label = dy.String(primary_key=True, metadata=CLASS_LABEL_DOC)
    parameter = dy.Float64(
        nullable=False, metadata=doc("factor of the feature; eV/atom for an expansion")
    )
    scale = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=doc("standard deviation in training of what was penalised; NULL if nothing was"),
    )


class Predictions(OfRun):
    """One row per sample, split and, of classes, label: what a model said of the sample.

    It had not seen the sample, but for the split `training`.
    """

    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    split = dy.String(primary_key=True, metadata=doc("how training and test rows were parted"))
    sample_id = dy.String(
        primary_key=True, metadata=doc("structure_id or material_id of the sample")
    )
    label = dy.String(primary_key=True, metadata=CLASS_LABEL_DOC)
    sample_group = dy.String(
        nullable=False,
        metadata=doc(
            "samples that err alike: the reduced formula or, where the split holds out chemical "
            "systems, the chemical system; empty if it is not told",
            untold="",
        ),
    )
    fold = dy.Int64(nullable=True, metadata=doc("fold that tests this row", "1"))
    target = dy.Float64(
        nullable=False,
        metadata=doc("what was to be predicted: eV/atom, or 1 for a metal or the label's class"),
    )
    prediction = dy.Float64(
        nullable=False,
        metadata=doc("what was predicted: eV/atom, or probability of a metal or of the label"),
    )


class Metrics(OfRun):
    """One row per score of a model on a split."""

    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    split = dy.String(primary_key=True, metadata=doc("how training and test rows were parted"))
    metric = dy.String(primary_key=True, metadata=doc("name of the score"))
    value = dy.Float64(
        nullable=True,
        metadata=doc("the score, in `unit`; NULL if the samples have none, as one has no R²"),
    )
    unit = dy.String(nullable=False, metadata=doc("unit of the score; 1 if it has none"))
    std = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=doc("standard deviation of the score over folds; NULL for a single one"),
    )
    n = dy.Int64(nullable=False, min=1, metadata=doc("samples that were scored", "1"))


class Curves(OfRun):
    """One row per point of a curve: the score of a model at one setting of something swept."""

    curve = dy.String(
        primary_key=True, metadata=doc("what was swept: strength, learning, cutoffs, ...")
    )
    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    series = dy.String(
        primary_key=True,
        metadata=doc("what tells curves of one model apart, for example a mixing ratio; or empty"),
    )
    setting = dy.Float64(primary_key=True, metadata=doc("value of what was swept"))
    split = dy.String(primary_key=True, metadata=doc("how training and test rows were parted"))
    part = dy.String(
        primary_key=True,
        check=lambda part: part.is_in(["training", "validation", "test"]),
        metadata=doc("what was scored: training, validation or test rows"),
    )
    metric = dy.String(primary_key=True, metadata=doc("name of the score"))
    value = dy.Float64(nullable=False, metadata=doc("the score, in `unit`"))
    unit = dy.String(nullable=False, metadata=doc("unit of the score; 1 if it has none"))
    standard_error = dy.Float64(
        nullable=True,
        min=0.0,
        metadata=doc(
            "standard error of the score; of what formulas tell it takes samples of a formula, or "
            "of a chemical system where the split holds out these, for alike and not for "
            "independent; NULL if not estimated"
        ),
    )
    n = dy.Int64(nullable=False, min=1, metadata=doc("samples that were scored", "1"))


class ParameterPaths(OfRun):
    """One row per parameter at one strength of regularisation, fitted to the training part."""

    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    l1_ratio = dy.Float64(
        primary_key=True, min=0.0, max=1.0, metadata=doc("share of L1 in the penalty", "1")
    )
    strength = dy.Float64(
        primary_key=True, min=0.0, metadata=doc("strength of the penalty, scikit-learn's alpha")
    )
    feature = dy.String(
        primary_key=True,
        metadata=doc("what the parameter multiplies; an orbit's index for an expansion"),
    )
    parameter = dy.Float64(
        nullable=False, metadata=doc("factor of the feature; eV/atom for an expansion")
    )


class ParameterDraws(OfRun):
    """One row per parameter of one draw of a model: how uncertain its parameters are."""

    model = dy.String(primary_key=True, metadata=doc("name of the model within its study"))
    origin = dy.String(
        primary_key=True,
        check=lambda origin: origin.is_in(["posterior", "bootstrap", "jackknife"]),
        metadata=doc(
            "where draws come from: the Bayesian posterior, refits to resampled rows (bootstrap) "
            "or to all but a part (jackknife)"
        ),
    )
    draw = dy.Int64(primary_key=True, min=0, metadata=doc("number of the draw"))
    feature = dy.String(
        primary_key=True,
        metadata=doc("what the parameter multiplies; an orbit's index for an expansion"),
    )
    parameter = dy.Float64(
        nullable=False, metadata=doc("factor of the feature; eV/atom for an expansion")
    )
