import pytest

from analysis.pages.phase_names import name_phase
from tests.support.alloys import AU_CU, FCC


@pytest.mark.parametrize(
    ("decoration_id", "name"),
    [
        ("fcc-2-0-2-1-1-1:7", "L1₂ AuCu₃"),
        ("fcc-1-0-2-0-1-1:1", "L1₀ AuCu"),
        ("fcc-2-1-4-0-3-1:95", "D0₂₃ AuCu₃"),
        ("fcc-1-0-1-0-0-1:1", "A1 Cu"),
        ("fcc-1-0-3-0-2-1:1", "Au₂Cu fcc-1-0-3-0-2-1:1"),
        ("solution", "solution"),
    ],
)
def test_phases_are_called_by_names_that_people_know(decoration_id, name):
    """L1₂ and D0₂₃ are the sequences of Cu₃Au and Al₃Zr; three layers have no such name."""
    assert name_phase(decoration_id, AU_CU, FCC) == name
