"""Matbench's published scores of tasks on numbers: every entry of each board.

The figures are the mean absolute errors over Matbench v0.1's five folds, as its own pages print
them (repository materialsproject/matbench, files "docs/Leaderboards
Per-Task/matbench_v0.1_<task>/index.html" at commit bb3eebf475ceac45e257f36c05cec7773b5ebb43); the
benchmark is described in DOI 10.1038/s41524-020-00406-3.  That version of the five pages holds
the most entries; the older ones compared with it add none.  The commit's own date was not at hand;
its newest entries, Darwin and DeeperGATGNN, were submitted in July and August 2023 (pull requests
265 and 268).  Submissions still open as pull requests are on no board and not here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BoardScore:
    """One entry of a board.

    ``mae`` is the mean over the folds and ``std`` its standard deviation between them, both as
    printed.  ``sees`` says what the method reads: "structures" (with or without the composition)
    or "formulas" (the composition alone).  The Dummy reads nothing.
    ``doubt`` names a public thread that questions this very figure, or is empty.
    """

    name: str
    mae: float
    sees: str
    doubt: str = ""
    std: float | None = None


_STRUCTURES = "structures"
_FORMULAS = "formulas"

_DARWIN_DOUBT = (
    "materialsproject/matbench pull request 265: on 2023-08-07 a maintainer asked whether the"
    " language model's pretraining text leaks answers to the tasks (his example: is_metal)"
)
_CRABNET_DOUBT = (
    "anthony-wang/CrabNet issue 23: reruns of the submitted notebook gave 0.3683 and 0.3661"
)
_CGCNN_DOUBT = (
    "materialsproject/matbench issue 22: not the run of the benchmark's paper (about 0.23), which"
    " could not be found, but one of another configuration"
)

REGRESSION_BOARDS: dict[str, tuple[BoardScore, ...]] = {
    "matbench_expt_gap": (
        BoardScore("Darwin", 0.2865, _FORMULAS, _DARWIN_DOUBT, std=0.0083),
        BoardScore("Ax/SAASBO CrabNet v1.2.7", 0.3310, _FORMULAS, std=0.0071),
        BoardScore("MODNet (v0.1.12)", 0.3327, _FORMULAS, std=0.0239),
        BoardScore("CrabNet", 0.3463, _FORMULAS, _CRABNET_DOUBT, std=0.0088),
        BoardScore("MODNet (v0.1.10)", 0.3470, _FORMULAS, std=0.0222),
        BoardScore("Ax+CrabNet v1.2.1", 0.3566, _FORMULAS, std=0.0248),
        BoardScore("Ax(10/90)+CrabNet v1.2.7", 0.3632, _FORMULAS, std=0.0196),
        BoardScore("CrabNet v1.2.1", 0.3757, _FORMULAS, std=0.0207),
        BoardScore("AMMExpress v2020", 0.4161, _FORMULAS, std=0.0194),
        BoardScore("RF-SCM/Magpie", 0.4461, _FORMULAS, std=0.0177),
        BoardScore("gptchem", 0.4544, _FORMULAS, std=0.0123),
        BoardScore("Dummy", 1.1435, "nothing", std=0.0310),
    ),
    "matbench_mp_gap": (
        BoardScore("coGN", 0.1559, _STRUCTURES, std=0.0017),
        BoardScore("DeeperGATGNN", 0.1694, _STRUCTURES, std=0.0047),
        BoardScore("coNGN", 0.1697, _STRUCTURES, std=0.0035),
        BoardScore("ALIGNN", 0.1861, _STRUCTURES, std=0.0030),
        BoardScore("MegNet (kgcnn v2.1.0)", 0.1934, _STRUCTURES, std=0.0087),
        BoardScore("DimeNet++ (kgcnn v2.1.0)", 0.1993, _STRUCTURES, std=0.0058),
        BoardScore("Finder_v1.2 structure-based version", 0.2193, _STRUCTURES, std=0.0012),
        BoardScore("MODNet (v0.1.10)", 0.2199, _STRUCTURES, std=0.0059),
        BoardScore("MODNet (v0.1.12)", 0.2199, _STRUCTURES, std=0.0059),
        BoardScore("Finder_v1.2 composition-only version", 0.2308, _FORMULAS, std=0.0029),
        BoardScore("SchNet (kgcnn v2.1.0)", 0.2352, _STRUCTURES, std=0.0034),
        BoardScore("CrabNet", 0.2655, _FORMULAS, std=0.0029),
        BoardScore("AMMExpress v2020", 0.2824, _STRUCTURES, std=0.0061),
        BoardScore("CGCNN v2019", 0.2972, _STRUCTURES, _CGCNN_DOUBT, std=0.0035),
        BoardScore("RF-SCM/Magpie", 0.3452, _STRUCTURES, std=0.0033),
        BoardScore("Dummy", 1.3272, "nothing", std=0.0060),
    ),
    "matbench_mp_e_form": (
        BoardScore("coGN", 0.0170, _STRUCTURES, std=0.0003),
        BoardScore("coNGN", 0.0178, _STRUCTURES, std=0.0004),
        BoardScore("ALIGNN", 0.0215, _STRUCTURES, std=0.0005),
        BoardScore("SchNet (kgcnn v2.1.0)", 0.0218, _STRUCTURES, std=0.0004),
        BoardScore("DimeNet++ (kgcnn v2.1.0)", 0.0235, _STRUCTURES, std=0.0004),
        BoardScore("GN-OA v1", 0.0248, _STRUCTURES, std=0.0002),
        BoardScore("MegNet (kgcnn v2.1.0)", 0.0252, _STRUCTURES, std=0.0003),
        BoardScore("CGCNN v2019", 0.0337, _STRUCTURES, std=0.0006),
        BoardScore("DeeperGATGNN", 0.0340, _STRUCTURES, std=0.0023),
        BoardScore("Finder_v1.2 structure-based version", 0.0343, _STRUCTURES, std=0.0012),
        BoardScore("MODNet (v0.1.10)", 0.0448, _STRUCTURES, std=0.0039),
        BoardScore("MODNet (v0.1.12)", 0.0448, _STRUCTURES, std=0.0039),
        BoardScore("Finder_v1.2 composition-only version", 0.0839, _FORMULAS, std=0.0011),
        BoardScore("CrabNet", 0.0862, _FORMULAS, std=0.0010),
        BoardScore("RF-SCM/Magpie", 0.1165, _STRUCTURES, std=0.0008),
        BoardScore("AMMExpress v2020", 0.1726, _STRUCTURES, std=0.0270),
        BoardScore("Lattice-XGBoost", 0.7515, _STRUCTURES, std=0.0042),
        BoardScore("Dummy", 1.0059, "nothing", std=0.0030),
    ),
    "matbench_log_kvrh": (
        BoardScore("coNGN", 0.0491, _STRUCTURES, std=0.0026),
        BoardScore("coGN", 0.0535, _STRUCTURES, std=0.0028),
        BoardScore("MODNet (v0.1.10)", 0.0548, _STRUCTURES, std=0.0025),
        BoardScore("MODNet (v0.1.12)", 0.0548, _STRUCTURES, std=0.0025),
        BoardScore("ALIGNN", 0.0568, _STRUCTURES, std=0.0028),
        BoardScore("DimeNet++ (kgcnn v2.1.0)", 0.0572, _STRUCTURES, std=0.0032),
        BoardScore("SchNet (kgcnn v2.1.0)", 0.0590, _STRUCTURES, std=0.0022),
        BoardScore("AMMExpress v2020", 0.0647, _STRUCTURES, std=0.0015),
        BoardScore("MegNet (kgcnn v2.1.0)", 0.0668, _STRUCTURES, std=0.0034),
        BoardScore("Finder_v1.2 structure-based version", 0.0693, _STRUCTURES, std=0.0035),
        BoardScore("DeeperGATGNN", 0.0698, _STRUCTURES, std=0.0030),
        BoardScore("CGCNN v2019", 0.0712, _STRUCTURES, std=0.0028),
        BoardScore("CrabNet", 0.0758, _FORMULAS, std=0.0034),
        BoardScore("Finder_v1.2 composition-only version", 0.0764, _FORMULAS, std=0.0025),
        BoardScore("RF-SCM/Magpie", 0.0820, _STRUCTURES, std=0.0027),
        BoardScore("Dummy", 0.2897, "nothing", std=0.0043),
    ),
    "matbench_log_gvrh": (
        BoardScore("coNGN", 0.0670, _STRUCTURES, std=0.0006),
        BoardScore("coGN", 0.0689, _STRUCTURES, std=0.0009),
        BoardScore("ALIGNN", 0.0715, _STRUCTURES, std=0.0006),
        BoardScore("MODNet (v0.1.10)", 0.0731, _STRUCTURES, std=0.0007),
        BoardScore("MODNet (v0.1.12)", 0.0731, _STRUCTURES, std=0.0007),
        BoardScore("DimeNet++ (kgcnn v2.1.0)", 0.0792, _STRUCTURES, std=0.0011),
        BoardScore("SchNet (kgcnn v2.1.0)", 0.0796, _STRUCTURES, std=0.0022),
        BoardScore("MegNet (kgcnn v2.1.0)", 0.0871, _STRUCTURES, std=0.0013),
        BoardScore("AMMExpress v2020", 0.0874, _STRUCTURES, std=0.0020),
        BoardScore("CGCNN v2019", 0.0895, _STRUCTURES, std=0.0016),
        BoardScore("DeeperGATGNN", 0.0903, _STRUCTURES, std=0.0025),
        BoardScore("Finder_v1.2 structure-based version", 0.0910, _STRUCTURES, std=0.0018),
        BoardScore("Finder_v1.2 composition-only version", 0.0996, _FORMULAS, std=0.0018),
        BoardScore("CrabNet", 0.1014, _FORMULAS, std=0.0017),
        BoardScore("RF-SCM/Magpie", 0.1040, _STRUCTURES, std=0.0016),
        BoardScore("Dummy", 0.2931, "nothing", std=0.0031),
    ),
}
"""Each task's board, best first (ties in the page's order).

Source: materialsproject/matbench, "docs/Leaderboards Per-Task/matbench_v0.1_<task>/index.html",
commit bb3eebf475ceac45e257f36c05cec7773b5ebb43; DOI 10.1038/s41524-020-00406-3.  Units: eV for the
gaps, eV per atom for the formation energy, log10(GPa) for the moduli.  The experimental gap's data
hold compositions only, so every method reads formulas there.  On the other tasks AMMExpress,
RF-SCM/Magpie and MODNet add features of the composition to those of the structure, and
Lattice-XGBoost reads the lattice and space group without the composition.
"""
