"""Fits side by side, in threads and in processes."""

import os

import numpy as np
import pytest

from analysis.runs.parallel import run_jobs
from warehouse.errors import WarehouseError
from warehouse.progress import untracked


@pytest.mark.parametrize("is_large", [False, True])
def test_results_come_in_the_order_of_the_jobs(is_large):
    matrix = np.arange(6.0).reshape(2, 3)

    def work(number):
        return number, os.getpid(), matrix.sum() * number

    found = run_jobs(work, range(8), "sum", untracked, has_large_matrices=is_large)
    numbers, processes, sums = zip(*found, strict=True)
    assert numbers == tuple(range(8))
    assert sums == tuple(15.0 * number for number in range(8))
    assert (os.getpid() in processes) is not is_large


@pytest.mark.parametrize("is_large", [False, True])
def test_an_error_of_a_job_keeps_its_hint(is_large):
    def work(number):
        raise WarehouseError(f"job {number} failed", hint="do less")

    with pytest.raises(WarehouseError, match="job 0 failed") as refused:
        run_jobs(work, [0], "fail", untracked, has_large_matrices=is_large)
    assert refused.value.hint == "do less"
