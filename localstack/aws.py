"""Serves moto, the stand-in for AWS, on a local port.

`moto_server` would do, but for one thing: it serves requests in threads and
checks a condition and writes the item in two steps, so two conditional puts of
one key can both succeed. Here every DynamoDB request runs under one lock, and
a conditional put is atomic, as it is on AWS.

Every request opens a connection of its own: werkzeug closes it after the answer.
"""

import argparse
import io
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server


class OneDynamoDbRequestAtATime:
    """WSGI middleware that makes the requests to DynamoDB wait for each other."""

    def __init__(self, app):
        self._app = app
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            return self._app(environ, start_response)
        # Read first, lock then: a client that stalls in mid-request delays nobody else.
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        with self._lock:
            return self._app(environ, start_response)


class QuietRequestHandler(MotoRequestHandler):
    """Reports errors, but not every request."""

    def log_request(self, code="-", size="-"):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    port = parser.parse_args().port

    app = OneDynamoDbRequestAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server(
        "127.0.0.1", port, app, threaded=True, request_handler=QuietRequestHandler
    )
    # stack.py waits for this line; SecantusDB announces itself in the same words.
    print(f"listening on 127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
