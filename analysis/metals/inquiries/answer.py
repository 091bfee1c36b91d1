"""What a fitted classifier says of one formula, beside what its training data say."""

from dataclasses import dataclass

from analysis.metals.inquiries.evidence import Interval, Neighbour


@dataclass(frozen=True)
class Answer:
    """What the classifier says of one formula, and what the training data do.

    Attributes:
        formula: As it was asked; taken as the whole unit cell where the model knows cells.
        read_as: Its elements and amounts, as they were read.
        meaning: What a metal is to the data that the classifier learned from.
        probability: That it is a metal; None if the formula has no answer.
        contributions: Descriptors and what each adds to the logit, the strongest first.
        intercept: Logit of a material without any descriptor.
        likeness: In words, whether the training data had anything like it, or why there is no
            answer.
        own: Training rows of the very formula; None if there are none.
        neighbours: Other formulas of the training data that share most atoms with it.
        interval: How many of the materials that were held out with such a probability are metals.

    """

    formula: str
    read_as: str
    meaning: str
    probability: float | None
    contributions: tuple[tuple[str, float], ...]
    intercept: float
    likeness: str
    own: Neighbour | None = None
    neighbours: tuple[Neighbour, ...] = ()
    interval: Interval | None = None

    @property
    def text(self) -> str:
        """The answer in a few lines."""
        if self.probability is None:
            return f"{self.formula}: no answer: {self.likeness}"
        called = "metal" if self.probability >= 1 / 2 else "non-metal"
        shown, rest = self.contributions[:8], [part for _, part in self.contributions[8:]]
        logit = self.intercept + sum(part for _, part in shown) + sum(rest)
        sums = [
            *shown,
            *([(f"{len(rest)} more", sum(rest))] if rest else []),
            ("intercept", self.intercept),
            ("the logit, their sum; the probability is 1/(1 + exp(-logit))", logit),
        ]
        return "\n".join(
            [
                f"{self.formula}: {called}, probability of a metal {self.probability:.3f} "
                f"({self.meaning})",
                f"  read as {self.read_as}",
                *(f"  {line}" for line in self._evidence()),
                f"  {self.likeness}",
                *(f"  {part:+7.2f}  {name}" for name, part in sums),
            ]
        )

    def _evidence(self) -> list[str]:
        """What the data say, in a line each."""
        own = self.own
        lines = [
            f"training rows of this formula: {own.n_metals} of {own.n_materials} are metals"
            if own
            else "training has no row of this formula"
        ]
        if self.neighbours:
            near = ", ".join(neighbour.text for neighbour in self.neighbours)
            lines.append(f"nearest others, metals/rows: {near}")
        if (of := self.interval) is not None:
            lines.append(
                f"of {of.n} materials held out with a probability of {of.lowest:.2f} to "
                f"{of.highest:.2f}, {of.share:.0%} are metals (90 % interval {of.low:.0%} to "
                f"{of.high:.0%})"
            )
        return lines
