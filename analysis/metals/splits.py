"""From one data set of materials to another: how a model of calculations does in the laboratory."""

from dataclasses import replace

import numpy as np
import polars as pl
from scipy.sparse import vstack

from analysis.linear_models.data import PropertyData
from analysis.linear_models.design import Design
from analysis.linear_models.splits import PropertyFold, PropertyParting
from analysis.metals.benchmarks import transfer_of
from analysis.metals.data import SETS, LabelledMaterials


def join_benchmarks(
    materials: LabelledMaterials, other: LabelledMaterials
) -> tuple[PropertyData, PropertyFold]:
    """The materials of both, and the fold that trains on the first and tests on the second.

    Measured materials have no known cell, so descriptors of cells stand aside. No formula of the
    test is in the training: of those in both, calculations are left out.
    """
    data = materials.data.of_sets(tuple(name for name in SETS if name != "cell"))
    ours, theirs = data.samples["reduced_formula"], other.data.samples["reduced_formula"]
    parting = transfer_of(data.name)
    train, test = np.arange(len(ours)), len(ours) + np.arange(len(theirs))
    if parting == PropertyParting.CALCULATION:
        test = test[~theirs.is_in(ours.unique().implode()).to_numpy()]
    else:
        train = train[~ours.is_in(theirs.unique().implode()).to_numpy()]
    sparse = vstack([data.design.sparse, other.aligned(list(data.features))], format="csr")
    both = replace(
        data,
        samples=pl.concat([data.samples, other.data.samples]),
        y=np.append(data.y, other.data.y),
        design=Design.of_sparse(sparse),
    )
    return both, PropertyFold(parting, 0, train, test)
