"""One MiniStack for all tests. Each test starts with nothing deployed."""

import queue
import urllib.request
from collections.abc import Iterator

import pytest

from localstack.stores import AwsOptions, running_aws


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    exits: queue.SimpleQueue[str] = queue.SimpleQueue()
    with running_aws(AwsOptions(port=0), exits.put) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(emulator: str) -> str:
    reset = urllib.request.Request(f"{emulator}/_ministack/reset", method="POST")
    with urllib.request.urlopen(reset, timeout=30):
        return emulator
