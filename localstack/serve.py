"""`serve`: the servers, and optionally the whole stack, for tests and benchmarks.

Prints one line of JSON when everything is ready. Runs until stdin is closed, so
that it never outlives the process that started it.
"""

import contextlib
import json
import os
import queue
import tempfile
import threading
from enum import StrEnum
from pathlib import Path

from .command import wait_for
from .deployment import create_stores, deploy, parameters, put_database_secret
from .errors import LocalStackError
from .process import free_port
from .settings import Settings
from .stores import AwsOptions, MongoOptions, ensure_user, running_aws, running_mongo


class Stack(StrEnum):
    """Extent of the stack."""

    NO_AWS = "no-aws"  # SecantusDB alone
    EMPTY = "empty"  # MiniStack with the database secret, and nothing deployed
    STORES = "stores"  # the whole stack, but the functions are empty and nothing invokes them
    WHOLE = "whole"  # the whole stack, as `make run` deploys it


def serve(mongo: MongoOptions, stack: Stack) -> None:
    """Runs until stdin is closed. Raises when one of the servers exits."""
    ends: queue.SimpleQueue[str] = queue.SimpleQueue()

    def wait_for_end_of_stdin() -> None:
        # A thread that is blocked in sys.stdin makes Python abort at exit.
        while os.read(0, 4096):
            pass
        ends.put("")

    with contextlib.ExitStack() as cleanup:
        uri = cleanup.enter_context(running_mongo(mongo, ends.put))
        description = {"mongo_uri": uri}
        if stack is not Stack.NO_AWS:
            folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="orders-stack-")))
            port = free_port()
            options = AwsOptions(port=0, api_port=port if stack is Stack.WHOLE else None, logs=folder)
            endpoint = cleanup.enter_context(running_aws(options, ends.put))
            ensure_user(uri)
            secret = put_database_secret(endpoint, uri)
            description |= {"aws_endpoint_url": endpoint, "database_secret_arn": secret}
            if stack is Stack.WHOLE:
                settings = Settings.from_env()
                deploy(endpoint, parameters(secret) | settings.parameters, folder)
                description["api_url"] = f"http://127.0.0.1:{port}"
            elif stack is Stack.STORES:
                outputs = create_stores(endpoint, "orders-test", secret, folder)
                description |= {
                    "idempotency_table": outputs["IdempotencyTableName"],
                    "audit_table": outputs["AuditTableName"],
                    "event_bus_name": outputs["EventBusName"],
                    "audit_queue_url": outputs["AuditQueueUrl"],
                    "events_dead_letters_url": outputs["EventsDeadLettersUrl"],
                    "unmatched_payments_url": outputs["UnmatchedPaymentsUrl"],
                    "payment_facts_url": outputs["PaymentFactsUrl"],
                    "payment_requests_url": outputs["PaymentRequestsUrl"],
                    "accepted_orders_url": outputs["AcceptedOrdersUrl"],
                    "order_status_table": outputs["OrderStatusTableName"],
                    "catalog_table": outputs["CatalogTableName"],
                    "rate_limit_table": outputs["RateLimitTableName"],
                    "screening_table": outputs["ScreeningTableName"],
                    "identities_table": outputs["IdentitiesTableName"],
                    "state_machine_arn": outputs["StateMachineArn"],
                    "user_pool_id": outputs["UserPoolId"],
                    "user_pool_client_id": outputs["PeopleClientId"],
                }
        print(json.dumps(description), flush=True)
        threading.Thread(target=wait_for_end_of_stdin, daemon=True).start()
        if error := wait_for(ends):
            raise LocalStackError(error)
