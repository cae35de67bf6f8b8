"""`make run`: the stores, the functions and an HTTP API in front of them.

The functions are the real binaries under `cargo lambda watch`, which builds
and restarts them when a source file changes. README.md lists the variables.
"""

import json
import os
import queue
import secrets
import shutil
import sys
import sysconfig
from contextlib import contextmanager
from pathlib import Path

import triggers
from child import Child
from errors import LocalStackError
from invoke import invoke
from provision import REGION
from settings import CHECKOUT, Settings, is_local
from stack import (
    Facts,
    Options,
    add_resources,
    ensure_free,
    http_status,
    run_command,
    running,
    wait_until,
)

FIRST_ANSWER_LIMIT_S = 60
# Above 1, so that races between instances of a function show here and not only on AWS.
INSTANCES_PER_FUNCTION = 4


def run() -> None:
    """Starts everything, says so, and waits for Ctrl-C."""
    settings = Settings.from_environment()
    if not shutil.which("cargo"):
        raise LocalStackError("cargo is not on the PATH: see https://rustup.rs")
    ensure_free(settings.port, "PORT")
    options = Options(
        data=settings.data,
        mongo_port=None if settings.mongo_uri else settings.mongo_port,
        aws_port=None if settings.aws_endpoint_url else settings.aws_port,
    )
    deaths = Deaths()
    with running(options, deaths.note) as facts:
        add_external(facts, settings)
        environment = function_environment(facts, settings)
        build(environment)
        url = settings.api_url
        with functions(settings.port, environment, deaths):
            wait_for(f"{url}/healthz", deaths)
            invoke(url, "migrate", {})  # Creates the indexes, as each deployment does on AWS.
            wait_for(f"{url}/health", deaths)
            with triggers.running(url, facts, settings.relay_every_s):
                print(banner(url, facts), flush=True)
                deaths.wait()


class Deaths:
    """Which process ended although nobody stopped it."""

    def __init__(self):
        self._names: queue.SimpleQueue[str] = queue.SimpleQueue()

    def note(self, child: Child) -> None:
        self._names.put(child.name)

    def check(self) -> None:
        if not self._names.empty():
            self.wait()

    def wait(self) -> None:
        raise LocalStackError(f"{self._names.get()} ended unexpectedly")


def add_external(facts: Facts, settings: Settings) -> None:
    """Fills in what somebody else's servers stand for."""
    facts.mongo_uri = settings.mongo_uri or facts.mongo_uri
    if not settings.aws_endpoint_url:
        return
    facts.aws_endpoint_url = settings.aws_endpoint_url
    names = (settings.idempotency_table, settings.event_bus_name, settings.dead_letters_url)
    if all(names):
        facts.idempotency_table, facts.event_bus_name, facts.events_dead_letters_url = names
    elif is_local(settings.aws_endpoint_url):
        add_resources(facts, Options.name)
    else:
        raise LocalStackError(
            "AWS_ENDPOINT_URL is not on this machine: "
            "set IDEMPOTENCY_TABLE, EVENT_BUS_NAME and DEAD_LETTERS_URL too"
        )


def function_environment(facts: Facts, settings: Settings) -> dict[str, str]:
    """What the functions see: what template.yaml would give them, and where AWS is."""
    environment = {
        # Only cargo-lambda reads it: its line for each process would drown those of the functions.
        "RUST_LOG": "cargo_lambda=error",
        **os.environ,
        "MONGO_URI": facts.mongo_uri,
        "MONGO_DB": settings.mongo_db,
        "IDEMPOTENCY_TABLE": facts.idempotency_table,
        "IDEMPOTENCY_TTL_S": str(settings.idempotency_ttl_s),
        "EVENT_BUS_NAME": facts.event_bus_name,
        "DEAD_LETTERS_URL": facts.events_dead_letters_url,
        # Cursors end with the stack.
        "CURSOR_KEY": secrets.token_hex(32),
        "LOG_LEVEL": settings.log_level,
        "AWS_ENDPOINT_URL": facts.aws_endpoint_url,
    }
    # What they hold is said above; secrets of another account would stand in its way.
    for variable in ("MONGO_SECRET_ARN", "CURSOR_KEY_ARN"):
        environment.pop(variable, None)
    if facts.audit_table:
        environment["AUDIT_TABLE"] = facts.audit_table
    if is_local(facts.aws_endpoint_url):
        # Never the developer's own account.
        for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
            environment.pop(variable, None)
        environment["AWS_REGION"] = REGION
        environment["AWS_ACCESS_KEY_ID"] = environment["AWS_SECRET_ACCESS_KEY"] = "local"
    return environment


def build(environment: dict[str, str]) -> None:
    """Builds every function at once; `cargo lambda watch` then finds them up to date."""
    command = ["cargo", "build", "--workspace", "--bins"]
    with closing_child(Child("cargo build", command, env=environment, cwd=CHECKOUT)) as cargo:
        if cargo.exit_code() != 0:
            raise LocalStackError("the functions don't build; what cargo said is above")


def functions(port: int, environment: dict[str, str], deaths: Deaths):
    """Runs `cargo lambda watch` while the block runs."""
    command = [str(Path(sysconfig.get_path("scripts")) / "cargo-lambda"), "lambda", "watch"]
    command += ["--invoke-address", "127.0.0.1", "--invoke-port", str(port)]
    command += ["--concurrency", str(INSTANCES_PER_FUNCTION)]
    # CORS is the API's business, and quiet is cargo's word for compiling in silence.
    # No --timeout: it also ends the wait of an idle function for work, and with it the function.
    command += ["--disable-cors", "--quiet"]
    options = {"kill_family_first": True, "env": environment, "cwd": CHECKOUT}
    return closing_child(Child("cargo lambda watch", command, deaths.note, **options))


@contextmanager
def closing_child(child: Child):
    try:
        yield child
    finally:
        child.stop()


def wait_for(url: str, deaths: Deaths) -> None:
    def answers() -> bool:
        deaths.check()
        return http_status(url, FIRST_ANSWER_LIMIT_S) == 200

    wait_until(f"GET {url} answers 200", answers, FIRST_ANSWER_LIMIT_S)


def banner(url: str, facts: Facts) -> str:
    order = {
        "customer_id": "c-1",
        "currency": "USD",
        "items": [{"sku": "A1", "qty": 2, "price": "9.99"}],
    }
    return f"""
Orders API   {url}
DocumentDB   {hide_password(facts.mongo_uri)}
AWS          {facts.aws_endpoint_url}

  curl -i {url}/orders \\
    -H 'Content-Type: application/json' -H 'Idempotency-Key: first-order' \\
    -d '{json.dumps(order, separators=(",", ":"))}'

Ctrl-C stops everything.
"""


def hide_password(uri: str) -> str:
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


if __name__ == "__main__":
    sys.exit(run_command("run", run))
