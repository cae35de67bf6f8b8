"""MiniStack on one port, and the API on a port of its own.

    python -m localstack.emulator AWS_PORT [--api-port PORT] [--logs FOLDER]

MiniStack serves the API below a path of its port. The second port serves it at
the root, as its domain name does on AWS. Each of the five functions below patches
MiniStack where it differs from AWS.
"""

import argparse
import asyncio
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

from hypercorn.asyncio import serve
from hypercorn.config import Config

# MiniStack uses the tag `ms-custom-id` of an API as its id.
API_ID = "orders"
API_PATH = f"/_aws/execute-api/{API_ID}/$default"
# Time between two reads of streams without records, as on AWS.
STREAM_INTERVAL_S = 0.25

Scope = dict[str, Any]
Application = Callable[..., Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int, help="port of AWS; 0 chooses a free one")
    parser.add_argument("--api-port", type=int, help="port of the API; default: none")
    parser.add_argument("--logs", type=Path, help="folder for the output of the functions")
    args = parser.parse_args()

    aws = socket.create_server(("127.0.0.1", args.port), backlog=512)
    port = aws.getsockname()[1]
    # MiniStack reads these variables at import time.
    os.environ |= {
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "MINISTACK_HOST": "127.0.0.1",
    }
    from ministack.app import app

    _patch_options_requests()
    _patch_nested_stack_updates()
    _patch_saved_streams()
    _patch_stream_poller()
    if args.logs:
        _patch_function_output(args.logs)

    config = Config()
    config.bind = [f"fd://{aws.fileno()}"]
    if args.api_port is not None:
        config.bind.append(f"127.0.0.1:{args.api_port}")
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    # The socket already listens: early connections wait in its backlog.
    print(f"listening on 127.0.0.1:{port}", flush=True)
    asyncio.run(serve(_with_api_port(app, args.api_port, port), config))


def _with_api_port(app: Application, api_port: int | None, aws_port: int) -> Application:
    """Serves the API at the root of its own port."""
    host = f"127.0.0.1:{aws_port}".encode()

    async def route(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["server"][1] == api_port:
            others = [header for header in scope["headers"] if header[0] != b"host"]
            scope = {
                **scope,
                "path": API_PATH + scope["path"],
                "raw_path": API_PATH.encode() + scope["raw_path"],
                # MiniStack selects the service by the host name.
                "headers": [(b"host", host), *others],
            }
        await app(scope, receive, send)

    return route


def _patch_options_requests() -> None:
    """Passes OPTIONS requests to the routes of an API without CORS. MiniStack returns 403 for them.

    AWS passes them on too (API Gateway developer guide, "Configure CORS for HTTP APIs").
    """
    from ministack.services import apigateway

    handle = apigateway._handle_execute_in_scope

    async def patched(*request: Any) -> Any:
        api_id, _, path, method, *_, account, region, raw_query = request
        route = apigateway._match_route(api_id, method, path)
        if method != "OPTIONS" or apigateway._apis[api_id].get("corsConfiguration") or not route:
            return await handle(*request)
        integration = apigateway._integrations[api_id][route["target"].removeprefix("integrations/")]
        owner = {"owner_account_id": account, "owner_region": region}
        return await apigateway._invoke_lambda_proxy(
            integration, *request[:7], route["routeKey"], **owner, raw_query_string=raw_query
        )

    apigateway._handle_execute_in_scope = patched


def _patch_nested_stack_updates() -> None:
    """Keeps the attributes of unchanged resources in the update of a nested stack.

    MiniStack drops them, and references such as `!GetAtt Queue.Arn` then fail.
    """
    from ministack.services.cloudformation import _stacks, provisioners

    update = provisioners._update_resource

    def patched(*change: Any, **others: Any) -> Any:
        if len(change) == 6 and not others:  # called for a nested stack
            stack, resource = change[4:]
            before = _stacks[stack]["_resources"].get(resource, {})
            others["old_attrs"] = before.get("Attributes")
        return update(*change, **others)

    provisioners._update_resource = patched


def _patch_saved_streams() -> None:
    """Saves the records of a table's stream with the state.

    MiniStack saves the position of a subscriber only, and delivers nothing after a restart until as many
    records were written again.
    """
    from ministack.services import dynamodb

    get_state, restore = dynamodb.get_state, dynamodb._restore_state
    records, trimmed = dynamodb._stream_records, dynamodb._stream_trimmed

    def patched_get_state() -> dict[str, Any]:
        streams = {"stream_records": deepcopy(records), "stream_trimmed": deepcopy(trimmed)}
        return {**get_state(), **streams}

    def patched_restore(state: dict[str, Any] | None) -> None:
        restore(state)
        records.update((state or {}).get("stream_records", {}))
        trimmed.update((state or {}).get("stream_trimmed", {}))

    dynamodb.get_state, dynamodb._restore_state = patched_get_state, patched_restore


def _patch_stream_poller() -> None:
    """Reads streams beside the queues. MiniStack takes turns, and a busy stream delays every queue."""
    from ministack.services import lambda_svc

    poll = lambda_svc._poll_dynamodb_streams

    def read_streams() -> None:
        while True:
            try:
                is_busy = poll()
            except Exception:
                lambda_svc.logger.exception("reading the streams failed")
                is_busy = False
            if not is_busy:
                time.sleep(STREAM_INTERVAL_S)

    reader = threading.Thread(target=read_streams, daemon=True)

    def patched() -> bool:
        if not reader.is_alive():
            reader.start()
        return False

    lambda_svc._poll_dynamodb_streams = patched


def _patch_function_output(folder: Path) -> None:
    """Writes output to a file at once. MiniStack delays output after a response to the next invocation."""
    from ministack.core.lambda_runtime import ProvidedWorker

    pump = ProvidedWorker._pump_output

    def patched(worker: Any, stream: BinaryIO, lines: Any) -> None:
        with (folder / f"{worker.func_name}.log").open("ab", buffering=0) as log:

            def readline() -> bytes:
                line = stream.readline()
                log.write(line)
                return line

            pump(worker, SimpleNamespace(readline=readline, close=stream.close), lines)

    ProvidedWorker._pump_output = patched


if __name__ == "__main__":
    main()
