"""Start and stop of SecantusDB."""

import signal
import socket
import sys
from pathlib import Path

import psutil
import pymongo
import pytest

from localstack.errors import LocalStackError
from localstack.stores import MONGO_USER, MongoOptions, ensure_user, running_mongo


def unexpected(server: str) -> None:
    raise AssertionError(f"{server} exited")


def users(uri: str) -> list[str]:
    with pymongo.MongoClient(uri) as client:
        return [user["user"] for user in client.admin.command("usersInfo", MONGO_USER)["users"]]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_thread_of_secantusdb_can_take_sigterm_from_the_one_that_waits_for_it() -> None:
    with running_mongo(MongoOptions(0), unexpected):
        server = next(child for child in psutil.Process().children() if "localstack.mongo" in child.cmdline())
        others = [path for path in Path(f"/proc/{server.pid}/task").iterdir() if int(path.name) != server.pid]
        assert others
        for thread in others:
            status = dict(line.split(":\t") for line in (thread / "status").read_text().splitlines())
            assert int(status["SigBlk"], 16) & 1 << signal.SIGTERM - 1, thread


def test_sigterm_stores_everything(tmp_path: Path) -> None:
    for _ in range(2):
        with running_mongo(MongoOptions(0, tmp_path), unexpected) as uri:
            before = users(uri)
            ensure_user(uri)
    assert before == [MONGO_USER]


def test_a_login_is_required_from_the_first_connection() -> None:
    with running_mongo(MongoOptions(0, login="orders:secret"), unexpected) as uri:
        with pytest.raises(pymongo.errors.OperationFailure, match="auth"):
            users(uri)
        assert users(uri.replace("://", "://orders:secret@")) == [MONGO_USER]


def test_a_server_that_does_not_start_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = MongoOptions(other.getsockname()[1])
        with pytest.raises(LocalStackError, match="SecantusDB did not start"), running_mongo(taken, print):
            pass
