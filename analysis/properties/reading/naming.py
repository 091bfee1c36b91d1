"""What the results of a study are called where a user gives them no name."""

import hashlib
import json
from dataclasses import replace

from analysis.linear_models.kinds import NumberMethod
from analysis.properties.settings import LOGISTIC, PropertySettings
from analysis.properties.tasks import TASKS


def name_results(settings: PropertySettings) -> str:
    """The task, the source or table and its column, or a digest of a query; and what is unusual."""
    settings = replace(settings, is_thorough=False)
    task = TASKS.get(settings.source)
    plain = PropertySettings(
        settings.target,
        settings.source,
        is_log=settings.is_log,
        method=settings.method,
        table=settings.table,
        own=settings.own,
    )
    # Without what is at its default, so that a new option names no old query anew.
    default = PropertySettings(settings.target).as_dict()
    asked = {key: value for key, value in settings.as_dict().items() if value != default[key]}
    text = json.dumps({"target": settings.target, **asked}, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    if not settings.source and not settings.table:
        return f"query_{digest}"
    parts = [settings.source or f"own.{settings.table}"]
    if not task:
        parts += ["+".join([settings.target, *settings.own]), *(["log"] if settings.is_log else [])]
    if settings.method not in ("", NumberMethod.HUBER, LOGISTIC):
        parts.append(settings.method)
    return ".".join(parts if settings == plain else [*parts, digest])
