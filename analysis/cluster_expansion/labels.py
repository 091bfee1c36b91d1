"""Words for the splits and models of the cluster expansion."""

from analysis.labels import Labelled


class AlloySplit(Labelled):
    """Ways to part an alloy's structures, in the order in which pages list them."""

    TRAINING = "training", "training", "the structures that the model was fitted to"
    TRAINING_10_FOLD = (
        "training_10_fold",
        "training, 10-fold",
        "ten folds outside the locked test; they choose the method",
    )
    LOCKED_TEST = (
        "locked_test",
        "locked test",
        "structures that no choice uses; the chosen method alone is scored on them",
    )
    RANDOM_10_FOLD = (
        "random_10_fold",
        "random, 10-fold",
        "five random divisions of all structures into ten folds",
    )
    LEAVE_COMPOSITION_OUT = (
        "leave_composition_out",
        "leave one composition out",
        "each composition by a model that has seen none like it",
    )
    SIZE_5_TO_6 = (
        "size_5_to_6",
        "train ≤ 5 atoms, test 6",
        "cells of six atoms by a model of those with up to five",
    )


HARDER_SPLITS = (
    AlloySplit.RANDOM_10_FOLD, AlloySplit.LEAVE_COMPOSITION_OUT, AlloySplit.SIZE_5_TO_6,
)  # fmt: skip
"""Splits that test every method on all structures, and may be left out."""


class AlloyModel(Labelled):
    """Methods that fit a cluster expansion, and the choice among them."""

    LEAST_SQUARES = "least_squares", "least squares", "no penalty"
    RIDGE = "ridge", "ridge", "a penalty on squares (L2)"
    LASSO = "lasso", "lasso", "a penalty on sizes (L1)"
    ADAPTIVE_LASSO = "adaptive_lasso", "adaptive lasso", "L1, less on what ridge found large"
    ELASTIC_NET = "elastic_net", "elastic net", "L1 and L2 mixed"
    ARD = "ard", "ARD", "a prior of its own for each parameter, learned"
    BAYESIAN_RIDGE = "bayesian_ridge", "Bayesian ridge", "one prior for all parameters, learned"
    WEIGHTED_RIDGE = (
        "weighted_ridge",
        "weighted ridge",
        "a prior that falls with a cluster's radius and order, learned",
    )
    CONCENTRATION_RIDGE = (
        "concentration_ridge",
        "concentration ridge",
        "the same prior; interactions change with the concentration. Compared, never chosen",
    )
    NESTED_CHOICE = (
        "nested_choice",
        "choice nested in each part",
        "in each training part the method that is best inside it",
    )


class AlloyQuantity(Labelled):
    """What figures draw, in the units in which they draw it."""

    FORMATION_ENERGY = (
        "formation_energy_per_atom",
        "formation energy",
        "relative to the pure elements of the same source",
        "meV/atom",
    )
    PARAMETER = "parameter", "parameter", "what multiplies a correlation", "meV/atom"
    INTERACTION = (
        "effective_cluster_interaction",
        "effective cluster interaction",
        "a parameter divided by its orbit's multiplicity",
        "meV",
    )
    CLUSTER_RADIUS = "cluster_radius", "cluster radius", "sites' mean distance from centre", "Å"
    STRAIN = "strain", "strain of the cell (norm)", "from the ideal lattice to the relaxed one", "1"
    DISPLACEMENT = "mean_displacement", "mean displacement of atoms", "from their ideal sites", "Å"


ALLOY_LABELS = (AlloySplit, AlloyModel, AlloyQuantity)
