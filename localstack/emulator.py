"""MiniStack on the port of AWS, and its API Gateway alone on the port of the API.

    python -m localstack.emulator AWS_PORT [--api-port PORT] [--logs FOLDER]

MiniStack keeps the API below a path of its port. Here a second port serves only
the API, as its domain name does on AWS. MiniStack is corrected in three points,
a function below for each.
"""

import argparse
import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

from hypercorn.asyncio import serve
from hypercorn.config import Config

# An API with the tag `ms-custom-id` gets its value as id.
API_ID = "orders"
API_PATH = f"/_aws/execute-api/{API_ID}/$default"

Scope = dict[str, Any]
Application = Callable[..., Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int, help="port of AWS; 0 takes a free one")
    parser.add_argument("--api-port", type=int, help="port of the API; without it, none")
    parser.add_argument("--logs", type=Path, help="folder for the output of the functions")
    given = parser.parse_args()

    aws = socket.create_server(("127.0.0.1", given.port), backlog=512)
    port = aws.getsockname()[1]
    # MiniStack builds URLs from these when it is imported.
    os.environ |= {
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "MINISTACK_HOST": "127.0.0.1",
    }
    from ministack.app import app

    _pass_options_to_the_routes()
    _keep_attributes_in_nested_stacks()
    if given.logs:
        _write_output_at_once(given.logs)

    config = Config()
    config.bind = [f"fd://{aws.fileno()}"]
    if given.api_port is not None:
        config.bind.append(f"127.0.0.1:{given.api_port}")
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    # The socket listens already: whoever connects early waits.
    print(f"listening on 127.0.0.1:{port}", flush=True)
    asyncio.run(serve(_with_api_port(app, given.api_port, port), config))


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
                # MiniStack knows services by their host names.
                "headers": [(b"host", host), *others],
            }
        await app(scope, receive, send)

    return route


def _pass_options_to_the_routes() -> None:
    """MiniStack answers OPTIONS itself with 403 where an API has no CORS.

    AWS leaves it to the routes there (API Gateway developer guide, "Configure CORS for HTTP APIs").
    """
    from ministack.services import apigateway

    handle = apigateway._handle_execute_in_scope

    async def corrected(*request: Any) -> Any:
        api_id, _, path, method, *_, account, region, raw_query = request
        route = apigateway._match_route(api_id, method, path)
        if method != "OPTIONS" or apigateway._apis[api_id].get("corsConfiguration") or not route:
            return await handle(*request)
        integration = apigateway._integrations[api_id][route["target"].removeprefix("integrations/")]
        owner = {"owner_account_id": account, "owner_region": region}
        return await apigateway._invoke_lambda_proxy(
            integration, *request[:7], route["routeKey"], **owner, raw_query_string=raw_query
        )

    apigateway._handle_execute_in_scope = corrected


def _keep_attributes_in_nested_stacks() -> None:
    """MiniStack forgets the attributes of what the update of a nested stack leaves unchanged.

    Whatever refers to one of them then fails: `!GetAtt Queue.Arn`, for example.
    """
    from ministack.services.cloudformation import _stacks, provisioners

    update = provisioners._update_resource

    def corrected(*change: Any, **others: Any) -> Any:
        if len(change) == 6 and not others:  # of a nested stack
            stack, resource = change[4:]
            before = _stacks[stack]["_resources"].get(resource, {})
            others["old_attrs"] = before.get("Attributes")
        return update(*change, **others)

    provisioners._update_resource = corrected


def _write_output_at_once(folder: Path) -> None:
    """MiniStack logs what a function writes after its response only with the next invocation."""
    from ministack.core.lambda_runtime import ProvidedWorker

    pump = ProvidedWorker._pump_output

    def pump_to_file(worker: Any, stream: BinaryIO, lines: Any) -> None:
        with (folder / f"{worker.func_name}.log").open("ab", buffering=0) as log:

            def readline() -> bytes:
                line = stream.readline()
                log.write(line)
                return line

            pump(worker, SimpleNamespace(readline=readline, close=stream.close), lines)

    ProvidedWorker._pump_output = pump_to_file


if __name__ == "__main__":
    main()
