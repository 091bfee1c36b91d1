"""An S3-compatible server on loopback, with one empty bucket `lake` that anyone may read.

`python -m tests.support.materials_project.s3` prints the address and serves until it is killed.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.settings import PROJECT_DIR


@contextmanager
def s3() -> Iterator[str]:
    """Serve in a process of its own; the server's address."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.materials_project.s3"]
    with subprocess.Popen(
        command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield next(line.strip() for line in process.stdout if line.startswith("http"))
        finally:
            process.kill()


def main() -> None:
    """Serve until this process is killed."""
    import boto3
    from moto.s3.responses import S3Response
    from moto.server import ThreadedMotoServer

    # Its threads look whether an object is there and write it then: S3 does both in one step.
    one_at_a_time, put = threading.Lock(), S3Response.put_object

    def put_object(response: S3Response) -> object:
        with one_at_a_time:
            return put(response)

    S3Response.put_object = put_object  # type: ignore[method-assign]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **keys)
    client.create_bucket(Bucket="lake")
    anyone = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [anyone]}
    client.put_bucket_policy(Bucket="lake", Policy=json.dumps(policy))
    print(address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
