"""An object store that speaks S3, in this process and over the network."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import requests
from moto.server import ThreadedMotoServer

from tests.support.serving import free_port


@dataclass(frozen=True)
class ObjectStore:
    """A running store.

    Attributes:
        environment: variables with which a client finds it.
    """

    environment: dict[str, str]

    def bucket(self) -> str:
        """The address of a new bucket."""
        name = f"reelkin-{uuid4().hex[:12]}"
        self._client("s3").create_bucket(Bucket=name)
        return f"s3://{name}"

    @contextmanager
    def stranger(self) -> Iterator[dict[str, str]]:
        """The keys of a user who may do nothing; until the end of the block nobody may do more than is granted."""
        users, name = self._client("iam"), uuid4().hex
        users.create_user(UserName=name)
        key = users.create_access_key(UserName=name)["AccessKey"]
        rights = f"{self.environment['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
        requests.post(rights, data=b"0", timeout=10)
        try:
            yield {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        finally:
            requests.post(rights, data=b"inf", timeout=10)

    def _client(self, service: str) -> Any:
        values = self.environment
        return boto3.client(
            service,
            endpoint_url=values["AWS_ENDPOINT_URL"],
            aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
            region_name=values["AWS_DEFAULT_REGION"],
        )


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """A store on a free port, until the end of the block."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # one line for every request
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        yield ObjectStore(
            {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
        )
    finally:
        server.stop()
