"""Matbench's published leaderboards of both tasks on metals: every entry of each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One row of a leaderboard.

    Attributes:
        name: Of the method.
        score: Balanced accuracy, or of numbers the mean absolute error, on the official folds.
        deviation: Over the folds; None if the board has none.
        sees: What it reads.
        doubt: What questions this very figure; empty if nothing does.

    """

    name: str
    score: float
    deviation: float | None
    sees: str
    doubt: str = ""


STRUCTURE = "formula and structure"
FORMULA = "formula"
UNSTEADY = "its folds differ much: a fit or two went wrong"
METAL_BOARDS = {
    "matbench_mp_is_metal": (
        Published(
            "CGCNN v2019",
            0.9520,
            0.0074,
            STRUCTURE,
            "its maintainers could not repeat it; its archived answers call 76 % of the materials "
            "with gaps above 0 but below 0.01 eV non-metals, as labelled, which structures hardly "
            "tell, and it is far behind on the gaps themselves: labels partly seen is a "
            "suspicion, no proof",
        ),
        Published("ALIGNN", 0.9128, 0.0015, STRUCTURE),
        Published("coGN", 0.9124, 0.0023, STRUCTURE),
        Published("AMMExpress v2020", 0.9093, 0.0008, STRUCTURE),
        Published("coNGN", 0.9089, 0.0019, STRUCTURE),
        Published("MODNet v0.1.12", 0.9038, 0.0106, STRUCTURE),
        Published("DimeNet++ (kgcnn v2.1.0)", 0.9032, 0.0036, STRUCTURE),
        Published("MegNet (kgcnn v2.1.0)", 0.9021, 0.0018, STRUCTURE),
        Published("RF-SCM/Magpie", 0.8992, 0.0019, STRUCTURE),
        Published("SchNet (kgcnn v2.1.0)", 0.8907, 0.0018, STRUCTURE),
        Published("Matformer", 0.8117, 0.0455, STRUCTURE, UNSTEADY),
        Published("MODNet v0.1.10", 0.7805, 0.1406, STRUCTURE, UNSTEADY),
        Published("Dummy", 0.5012, 0.0043, "nothing"),
    ),
    "matbench_expt_is_metal": (
        Published(
            "Darwin",
            0.9598,
            0.0041,
            "formula, and texts of science before",
            "a language model: it may have read of the very materials it is tested on",
        ),
        Published("AMMExpress v2020", 0.9209, 0.0028, FORMULA),
        Published("RF-SCM/Magpie", 0.9167, 0.0064, FORMULA),
        Published("MODNet v0.1.10", 0.9161, 0.0072, FORMULA),
        Published("MODNet v0.1.12", 0.9161, 0.0072, FORMULA),
        Published("gptchem", 0.8965, 0.0060, "formula, and texts before", "a language model, too"),
        Published("Dummy", 0.4924, 0.0128, "nothing"),
    ),
}
"""All entries of the boards of Matbench v0.1 (matbench.materialsproject.org and files behind it).

Doubts: Matbench's issues 137 and 181, and its archived predictions."""
