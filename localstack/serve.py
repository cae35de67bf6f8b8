"""The stores, and on demand the whole stack, for tests and benchmarks.

Prints one line of JSON when everything answers, and runs until its stdin
closes, so that it can't outlive whoever started it.
"""

import contextlib
import json
import os
import queue
import tempfile
import threading
from enum import StrEnum
from pathlib import Path

from .deployment import create_stores, deploy, parameters, put_database_secret
from .errors import LocalStackError
from .process import free_port
from .stores import Aws, Mongo, ensure_user, running_aws, running_mongo


class Stack(StrEnum):
    """Extent of the stack."""

    NO_AWS = "no-aws"  # SecantusDB alone
    EMPTY = "empty"  # MiniStack with the secret of the database, and nothing deployed
    STORES = "stores"  # everything, with empty functions that nothing invokes
    WHOLE = "whole"  # everything, as `make run` has it


def serve(mongo: Mongo, stack: Stack) -> None:
    """Runs until stdin closes. Raises when one of the servers dies."""
    ends: queue.SimpleQueue[str] = queue.SimpleQueue()

    def wait_for_end_of_stdin() -> None:
        # Not sys.stdin: a thread that waits inside it makes Python abort when it exits.
        while os.read(0, 4096):
            pass
        ends.put("")

    with contextlib.ExitStack() as cleanup:
        uri = cleanup.enter_context(running_mongo(mongo, ends.put))
        facts = {"mongo_uri": uri}
        if stack is not Stack.NO_AWS:
            folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="orders-stack-")))
            port = free_port()
            options = Aws(port=0, api_port=port if stack is Stack.WHOLE else None, logs=folder)
            endpoint = cleanup.enter_context(running_aws(options, ends.put))
            ensure_user(uri)
            secret = put_database_secret(endpoint, uri)
            facts |= {"aws_endpoint_url": endpoint, "database_secret_arn": secret}
            if stack is Stack.WHOLE:
                deploy(endpoint, parameters(secret), folder)
                facts["api_url"] = f"http://127.0.0.1:{port}"
            elif stack is Stack.STORES:
                outputs = create_stores(endpoint, "orders-test", secret, folder)
                facts |= {
                    "idempotency_table": outputs["IdempotencyTableName"],
                    "audit_table": outputs["AuditTableName"],
                    "event_bus_name": outputs["EventBusName"],
                    "audit_queue_url": outputs["AuditQueueUrl"],
                    "events_dead_letters_url": outputs["EventsDeadLettersUrl"],
                }
        print(json.dumps(facts), flush=True)
        threading.Thread(target=wait_for_end_of_stdin, daemon=True).start()
        if dead := ends.get():
            raise LocalStackError(f"{dead} ended unexpectedly")
