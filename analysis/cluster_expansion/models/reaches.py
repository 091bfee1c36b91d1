"""How many standard deviations hold 90 % of energies: learned from training structures left out.

Of a normal distribution 1.645 would. But errors have heavier tails, and the fit is surer than it
should be of some elements together and less sure of others. So each structure of a training part is
left out in turn, which a ridge does in closed form (Rasmussen and Williams 2006, eq. 5.10 to 5.12,
Gaussian Processes for Machine Learning); its error is divided by the deviation that the rest says
it has, and among structures of the same elements the quantile of these ratios is the reach.
(Conformal prediction in groups, of errors relative to a deviation: Vovk, Gammerman, Shafer 2005,
Algorithmic Learning in a Random World, sections 2.3 and 4.5.)
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm

from analysis.cluster_expansion.models.expansion import ClusterExpansion
from analysis.cluster_expansion.models.inner_scores import read_prior
from analysis.cluster_expansion.models.rows import posterior_variance
from analysis.datasets import FloatArray

LEVEL = 0.9
"""Share of energies that the intervals of predictions should hold."""
NAME = "reach_90"
"""Of the hyperparameter; `reach_90_0_2` is that of structures of the first and third element."""
LEAST_GROUP = 30
"""Structures of the same elements from which on these have a reach of their own."""
PRESENT = 1e-9
"""Share of the atoms above which an element is there, and no rounding."""
LEAST_FREE = 1e-9
"""Of a row's variance, what the other rows leave open at the least: rounding ends there."""

Group = tuple[int, ...]
"""Numbers of the elements that a structure has."""


@dataclass(frozen=True)
class Reaches:
    """Standard deviations on either side of a prediction that hold `LEVEL` of energies.

    `overall` of all structures, and `of_groups` where these differ.
    """

    overall: float
    of_groups: Mapping[Group, float] = field(default_factory=dict)

    def at(self, shares: FloatArray) -> FloatArray:
        """Reaches at `shares` (n, n_elements) of the elements, shape (n,)."""
        return np.array([self.of_groups.get(group, self.overall) for group in name_groups(shares)])

    def tell(self) -> dict[str, float]:
        """As hyperparameters of a fit; `read_reaches` reads them."""
        named = {"_".join([NAME, *map(str, group)]): own for group, own in self.of_groups.items()}
        return {NAME: self.overall, **named}


def read_reaches(hyperparameters: str) -> Reaches:
    """Reaches from JSON of a fitted model; those of a normal distribution if it tells none."""
    told = {name: own for name, own in json.loads(hyperparameters).items() if NAME in name}
    if not told:
        return Reaches(_of_normal(LEVEL))
    overall = told.pop(NAME)
    return Reaches(overall, {tuple(map(int, n.split("_")[2:])): own for n, own in told.items()})


def learn_reaches(
    model: ClusterExpansion, X: FloatArray, y: FloatArray, levels: Sequence[float] = (LEVEL,)
) -> list[Reaches]:
    """For each of `levels` what holds that share of energies `y` of what `model` was fitted to.

    Those of a normal distribution if the method says not how sure it is, or of too few structures.
    """
    left_out, places = leave_each_out(model, X, y), {}
    if left_out is None:
        return [Reaches(_of_normal(level)) for level in levels]
    ratios = np.abs(left_out)
    if model.learned_:
        names = name_groups(model.shares(X))
        groups = {name: [own == name for own in names] for name in sorted(set(names))}
        places = {name: own for name, own in groups.items() if sum(own) >= LEAST_GROUP}
    return [
        Reaches(
            _find_quantile(ratios, level),
            {name: _find_quantile(ratios[own], level) for name, own in places.items()},
        )
        for level in levels
    ]


def leave_each_out(model: ClusterExpansion, X: FloatArray, y: FloatArray) -> FloatArray | None:
    """Errors on what `model` was fitted to, each left out, in deviations: shape (n_samples,).

    None if the method says not how sure it is. The hyperparameters stay as all of them chose them.
    A ridge leaves of a row's noise the share f open that is not its posterior variance; its error
    without the row is 1 / f times the residual, and the variance of that 1 / f times the noise.
    """
    found = read_prior(model.estimator_, bayesian=True)
    if found is None:
        return None
    (columns, target), (prior, noise) = model.rows(X, y), found
    if len(columns) > columns.shape[1]:
        free = 1 - posterior_variance(columns, prior, noise, columns) / noise
        rest = target - columns @ model.estimator_.coef_
        return np.asarray(rest / np.sqrt(noise * np.maximum(free, LEAST_FREE)))
    covariance = (columns * prior) @ columns.T
    covariance[np.diag_indices_from(covariance)] += noise
    inverse = np.linalg.inv(covariance)
    return np.asarray(inverse @ target / np.sqrt(np.diag(inverse)))


def name_groups(shares: FloatArray) -> list[Group]:
    """The elements that each row of `shares` (n, n_elements) has."""
    return [tuple(np.flatnonzero(own > PRESENT).tolist()) for own in shares]


def _find_quantile(sizes: FloatArray, level: float) -> float:
    """What `level` of `sizes` and of one more keep to; of too few that of a normal distribution."""
    place = int(np.ceil((len(sizes) + 1) * level)) - 1
    return float(np.sort(sizes)[place]) if place < len(sizes) else _of_normal(level)


def _of_normal(level: float) -> float:
    return float(norm.ppf(0.5 + level / 2))
