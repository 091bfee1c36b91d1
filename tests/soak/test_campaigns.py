"""Every campaign in short form; `make soak` runs them whole."""

import pytest

from tests.soak import campaigns, run_campaign


@pytest.mark.parametrize("name", campaigns())
def test_a_short_campaign_finds_what_is_wanted(name, tmp_path):
    result = run_campaign(name, tmp_path / name, is_short=True)
    assert any(figure["wanted"] is not None for figure in result["figures"])
    assert [figure for figure in result["figures"] if not figure["is_met"]] == []
