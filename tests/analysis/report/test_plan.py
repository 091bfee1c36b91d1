"""What a report says of the steps before it, and which pages it leaves as they are."""

from analysis.pages.page import shows_already
from analysis.report import plan


def test_each_step_names_the_rest_and_the_time_at_the_pace_so_far(monkeypatch):
    clock = {"wall": 0.0, "processor": 0.0}
    monkeypatch.setattr(plan.time, "monotonic", lambda: clock["wall"])
    monkeypatch.setattr(plan.time, "process_time", lambda: clock["processor"])
    monkeypatch.setattr(plan.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(plan, "PROCESSOR_SECONDS", {"fits": 100, "pages": 20})
    told = []
    announce = plan.announce_steps(["fits", "pages"], told.append)
    announce()
    clock |= {"wall": 400.0, "processor": 100.0}  # four seconds for each of the processor's
    announce()
    # 120 s on two cores are a minute, rounded up; 20 s at that pace are 80.
    assert told == [
        "step 1 of 2: fits, then pages; at most 2 minutes to go",
        "step 2 of 2: pages; at most 2 minutes to go",
    ]


def test_nothing_is_promised_for_other_settings():
    told = []
    plan.announce_steps(["its page"], told.append, is_estimated=False)()
    assert told == ["step 1 of 1: its page"]


def test_a_page_stays_only_if_it_shows_the_run_and_links_what_there_is(tmp_path):
    page = tmp_path / "metals.html"
    assert not shows_already(page, ["run1"], ["index.html"])
    page.write_text('<li><a href="index.html">Overview</a></li> run1')
    assert shows_already(page, ["run1"], ["index.html"])
    assert not shows_already(page, ["run2"], ["index.html"])
    assert not shows_already(page, ["run1"], ["index.html", "workshop.html"])
    assert not shows_already(page, ["run1"], [])
