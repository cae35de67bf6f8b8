"""Starts and stops the local stack: SecantusDB for DocumentDB, moto for AWS.

`serve` prints one line of JSON when everything answers, and runs until its
stdin closes or it gets SIGINT or SIGTERM. `make run` uses the same functions.
"""

import argparse
import contextlib
import json
import os
import queue
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pymongo
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

import keys
from child import Child
from errors import LocalStackError
from provision import provision

HERE = Path(__file__).resolve().parent
ANSWER_LIMIT_S = 30


@dataclass
class Options:
    """What to start. A port of 0 takes a free one; None leaves that server out."""

    data: Path | None
    """Folder for orders and idempotency keys; None keeps them in memory."""
    mongo_port: int | None
    aws_port: int | None
    name: str = "local"
    """Name of the CloudFormation stack."""
    test_commands: bool = False
    """Lets tests inject faults into SecantusDB (`configureFailPoint`)."""
    mongo_login: str | None = None
    """`user:password` that SecantusDB then demands; for tests, in memory only."""
    mongo_tls: Path | None = None
    """Folder of ca.pem, cert.pem and key.pem with which SecantusDB speaks TLS; for tests."""


@dataclass
class Facts:
    """What a client of the stack needs to know; None for a server that was left out."""

    mongo_uri: str | None = None
    aws_endpoint_url: str | None = None
    idempotency_table: str | None = None
    audit_table: str | None = None
    event_bus_name: str | None = None
    audit_queue_url: str | None = None
    events_dead_letters_url: str | None = None


@contextlib.contextmanager
def running(options: Options, on_death: Callable[[Child], None]) -> Iterator[Facts]:
    """Runs the servers while the block runs, and stops them in reverse order after it."""
    facts = Facts()
    with contextlib.ExitStack() as cleanup:
        if options.data:
            options.data.mkdir(parents=True, exist_ok=True)
        if options.mongo_port is not None:
            ensure_free(options.mongo_port, "MONGO_PORT")
        if options.aws_port is not None:
            ensure_free(options.aws_port, "AWS_PORT")

        # Both start at the same time; each is asked for its port afterwards.
        mongo = aws = None
        if options.mongo_port is not None:
            storage = mongo_storage(options, cleanup)
            mongo = Child("mongo", mongo_command(options, storage), on_death, capture=True)
            cleanup.callback(mongo.stop)
        if options.aws_port is not None:
            command = [sys.executable, str(HERE / "aws.py"), "--port", str(options.aws_port)]
            aws = Child("aws", command, on_death, capture=True)
            cleanup.callback(aws.stop)
        if mongo:
            facts.mongo_uri = mongo_uri(mongo.port(), options.mongo_tls)
            wait_until("SecantusDB answers", lambda: mongo_answers(facts.mongo_uri))
        if aws:
            facts.aws_endpoint_url = f"http://127.0.0.1:{aws.port()}"
            moto = f"{facts.aws_endpoint_url}/moto-api/"
            wait_until("moto answers", lambda: http_status(moto) == 200)
            add_resources(facts, options.name)
            if options.data:
                file = options.data / "idempotency_keys.json"
                keys.restore(facts.aws_endpoint_url, facts.idempotency_table, file)
                cleanup.callback(save_keys, aws, facts, file)
        yield facts


def mongo_command(options: Options, storage: str) -> list[str]:
    command = [sys.executable, "-m", "secantus", "--config", str(HERE / "secantusd.toml")]
    command += ["--host", "127.0.0.1"]
    command += ["--port", str(options.mongo_port), "--log-level", "INFO"]
    command += ["--storage-path", storage]
    if options.test_commands:
        command.append("--enable-test-commands")
    if options.mongo_login:
        command.append("--auth")
    if tls := options.mongo_tls:
        command += ["--tls-cert-file", str(tls / "cert.pem"), "--tls-key-file", str(tls / "key.pem")]
    return command


def mongo_storage(options: Options, cleanup: contextlib.ExitStack) -> str:
    """Where SecantusDB keeps its data; with the user in it, when a login is demanded."""
    if not options.mongo_login:
        return str(options.data / "mongo") if options.data else ":memory:"
    storage = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="orders-mongo-"))
    user, _, password = options.mongo_login.partition(":")
    # It takes its first user only while it demands none.
    command = mongo_command(replace(options, mongo_login=None), storage)
    open_mongo = Child("mongo", command, lambda _: None, capture=True)
    try:
        uri = mongo_uri(open_mongo.port(), options.mongo_tls)
        wait_until("SecantusDB answers", lambda: mongo_answers(uri))
        with pymongo.MongoClient(uri) as client:
            client.admin.command("createUser", user, pwd=password, roles=["root"])
    finally:
        open_mongo.stop()
    return storage


def mongo_uri(port: int, tls: Path | None) -> str:
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    return f"{uri}&tls=true&tlsCAFile={tls / 'ca.pem'}" if tls else uri


def add_resources(facts: Facts, stack_name: str) -> None:
    outputs = provision(facts.aws_endpoint_url, stack_name)
    facts.idempotency_table = outputs["IdempotencyTableName"]
    facts.audit_table = outputs["AuditTableName"]
    facts.event_bus_name = outputs["EventBusName"]
    facts.audit_queue_url = outputs["AuditQueueUrl"]
    facts.events_dead_letters_url = outputs["EventsDeadLettersUrl"]


def save_keys(aws: Child, facts: Facts, file: Path) -> None:
    if aws.running():
        keys.save(facts.aws_endpoint_url, facts.idempotency_table, file)
    else:
        print("aws ended before its idempotency keys could be saved", file=sys.stderr)


def ensure_free(port: int, variable: str) -> None:
    """Fails with one clear line when a port is taken. The server itself binds later."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As the servers do.
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalStackError(
                f"port {port} can't be used ({error.strerror}): set {variable} to another one"
            ) from error


def mongo_answers(uri: str) -> bool:
    with pymongo.MongoClient(uri, serverSelectionTimeoutMS=1000) as client:
        try:
            return client.admin.command("hello")["ok"] == 1
        except PyMongoError:
            return False


def http_status(url: str, timeout_s: float = 5) -> int | None:
    """The status of a GET, or None when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as response:
            return response.status
    except urllib.error.HTTPError as answer:
        return answer.code
    except OSError:
        return None


def wait_until(what: str, holds: Callable[[], bool], limit_s: float = ANSWER_LIMIT_S) -> None:
    """Asks until it holds, and gives up after the limit."""
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            raise LocalStackError(f"waited {limit_s:.0f} s in vain: {what}")
        time.sleep(0.05)


class Stopped(BaseException):
    """SIGINT or SIGTERM: stop what runs, then leave. Not an error."""


def stop_on_signals() -> None:
    """Turns the first signal into `Stopped`; a second one does not disturb the clean-up."""

    def stop(*_) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def run_command(name: str, command: Callable[[], None]) -> int:
    """Runs a command to its end; an error of the developer's makes one line and 1."""
    # A proxy that the shell is set up for must not get what is meant for this machine.
    for variable in ("NO_PROXY", "no_proxy"):
        others = os.environ.get(variable)
        os.environ[variable] = ",".join(filter(None, [others, "127.0.0.1", "localhost"]))
    stop_on_signals()
    try:
        command()
    except Stopped:
        return 0
    except (LocalStackError, BotoCoreError, ClientError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0


def serve(options: Options) -> None:
    """Runs the stack until stdin closes. Raises when one of the servers dies."""
    ends: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def wait_for_end_of_stdin() -> None:
        # Not sys.stdin: a thread that waits inside it makes Python abort when it exits.
        while os.read(0, 4096):
            pass
        ends.put(None)

    with running(options, lambda child: ends.put(child.name)) as facts:
        print(json.dumps(asdict(facts)), flush=True)
        threading.Thread(target=wait_for_end_of_stdin, daemon=True).start()
        if dead := ends.get():
            raise LocalStackError(f"{dead} ended unexpectedly")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command = parser.add_subparsers(required=True).add_parser("serve")
    command.add_argument("--data", required=True, help="a folder, or :memory:")
    command.add_argument("--mongo-port", type=int, required=True, help="0 takes a free one")
    command.add_argument("--aws-port", type=int, help="0 takes a free one; without it, no moto")
    command.add_argument("--stack", default="local", help="name of the CloudFormation stack")
    command.add_argument("--test-commands", action="store_true", help="allow fault injection")
    command.add_argument("--mongo-login", help="user:password that SecantusDB demands")
    command.add_argument("--mongo-tls", type=Path, help="folder of ca.pem, cert.pem and key.pem")
    given = parser.parse_args()
    options = Options(
        data=None if given.data == ":memory:" else Path(given.data).resolve(),
        mongo_port=given.mongo_port,
        aws_port=given.aws_port,
        name=given.stack,
        test_commands=given.test_commands,
        mongo_login=given.mongo_login,
        mongo_tls=given.mongo_tls,
    )
    return run_command("stack", lambda: serve(options))


if __name__ == "__main__":
    sys.exit(main())
