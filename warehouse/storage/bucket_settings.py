"""The server of the buckets: what the environment says of it, as each of its clients names it.

AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN say
where and who. No one is waited for longer than some seconds.
"""

import os
from typing import Any

CONNECT_SECONDS = 3
ATTEMPTS = 3
PATIENCE = {"connect_timeout": "3s", "max_retries": "3", "retry_timeout": "30s"}
"""The same for Delta Lake, which would try for minutes."""
Settings = tuple[tuple[str, str], ...]


def endpoint() -> str | None:
    """Address of the server, if it is not Amazon's."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")


def server_settings() -> Settings:
    """What the environment says, as Delta Lake and polars name it."""
    found = {
        "endpoint_url": endpoint(),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        "access_key_id": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secret_access_key": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": os.environ.get("AWS_SESSION_TOKEN"),
    }
    if found["endpoint_url"]:
        found["region"] = found["region"] or "us-east-1"  # Servers of one's own have no regions.
    return tuple((f"aws_{name}", value) for name, value in found.items() if value)


def storage_options() -> dict[str, str]:
    """How Delta Lake and polars reach the bucket."""
    options = dict(server_settings())
    if options.get("aws_endpoint_url", "").startswith("http://"):
        options["aws_allow_http"] = "true"
    return options


def client_options(found: Settings) -> dict[str, Any]:
    """How Arrow reaches the server that `found` names."""
    names = {
        "aws_access_key_id": "access_key",
        "aws_secret_access_key": "secret_key",
        "aws_endpoint_url": "endpoint_override",
    }
    named = {names.get(name, name.removeprefix("aws_")): value for name, value in found}
    return {**named, "connect_timeout": CONNECT_SECONDS}
