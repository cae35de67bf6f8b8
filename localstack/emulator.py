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

    aws = _listen(given.port)
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
    asyncio.run(_serve(_with_api_port(app, given.api_port, port), config, port))


def _listen(port: int) -> socket.socket:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(512)
    return server


async def _serve(app: Application, config: Config, port: int) -> None:
    # The socket listens already: whoever connects early waits.
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await serve(app, config)  # type: ignore[arg-type]


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

    async def corrected(
        api_id: str, stage: str, path: str, method: str, headers: dict[str, str], body: bytes,
        query: dict[str, list[str]], account: str, region: str, raw_query: str | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        api = apigateway._apis.get(api_id) or {}
        route = apigateway._match_route(api_id, method, path)
        if method != "OPTIONS" or api.get("corsConfiguration") or not route:
            return await handle(
                api_id, stage, path, method, headers, body, query, account, region, raw_query
            )
        integration = route["target"].removeprefix("integrations/")
        return await apigateway._invoke_lambda_proxy(
            apigateway._integrations[api_id][integration], api_id, stage, path, method, headers,
            body, query, route["routeKey"], owner_account_id=account, owner_region=region,
            raw_query_string=raw_query,
        )

    apigateway._handle_execute_in_scope = corrected


def _keep_attributes_in_nested_stacks() -> None:
    """MiniStack forgets the attributes of what the update of a nested stack leaves unchanged.

    Whatever refers to one of them then fails: `!GetAtt Queue.Arn`, for example.
    """
    from ministack.services.cloudformation import _stacks, provisioners

    update = provisioners._update_resource

    def corrected(
        kind: str, physical_id: str, old: Any, new: Any, stack: str,
        logical_id: str | None = None, attributes: dict[str, Any] | None = None,
    ) -> Any:
        before = _stacks.get(stack, {}).get("_resources", {}).get(logical_id, {})
        attributes = attributes or before.get("Attributes")
        return update(kind, physical_id, old, new, stack, logical_id, attributes)

    provisioners._update_resource = corrected


def _write_output_at_once(folder: Path) -> None:
    """MiniStack logs what a function writes after its response only with the next invocation."""
    from ministack.core.lambda_runtime import ProvidedWorker

    pump = ProvidedWorker._pump_output

    def pump_to_file(worker: Any, stream: BinaryIO, lines: Any) -> None:
        with (folder / f"{worker.func_name}.log").open("ab", buffering=0) as log:
            pump(worker, _Tee(stream, log), lines)

    ProvidedWorker._pump_output = pump_to_file


class _Tee:
    """Copies each line that is read."""

    def __init__(self, stream: BinaryIO, copy: BinaryIO):
        self._stream = stream
        self._copy = copy

    def readline(self) -> bytes:
        line = self._stream.readline()
        self._copy.write(line)
        return line

    def close(self) -> None:
        self._stream.close()


if __name__ == "__main__":
    main()
