"""Independent fits side by side: one thread each, since linear algebra shares badly."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from warehouse.progress import Track

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    description: str,
    track: Track,
    *,
    has_large_matrices: bool = False,
) -> list[Result]:
    """Return `work(job)` of every job, in order, on all cores.

    Threads share the data and start at once; BLAS is held to one thread per fit. SciPy's LAPACK
    keeps Python's lock, so fits that spend their time there, with `has_large_matrices`, run in
    processes of their own; then `work` hands all that it finds over in its result.
    """
    from joblib import Parallel, cpu_count, delayed
    from threadpoolctl import threadpool_limits

    prefer = "processes" if has_large_matrices else "threads"
    with threadpool_limits(1):
        results = Parallel(cpu_count(), prefer=prefer, return_as="generator")(
            delayed(work)(job) for job in jobs
        )
        return [result for _, result in zip(track(jobs, description), results, strict=True)]
