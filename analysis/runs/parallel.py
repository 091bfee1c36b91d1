"""Independent fits side by side: one thread each, since linear algebra shares badly."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from warehouse.progress import Track

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(
    work: Callable[[Job], Result], jobs: Sequence[Job], description: str, track: Track
) -> list[Result]:
    """Return `work(job)` of every job, in order, on all cores.

    The fits release Python's lock while they compute, so threads are enough and share the
    data; BLAS is held to one thread per fit.
    """
    from joblib import Parallel, cpu_count, delayed
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        results = Parallel(cpu_count(), prefer="threads", return_as="generator")(
            delayed(work)(job) for job in jobs
        )
        return [result for _, result in zip(track(jobs, description), results, strict=True)]
