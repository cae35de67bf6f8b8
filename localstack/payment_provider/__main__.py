"""Payment provider in test mode, until SIGTERM or Ctrl-C.

python -m localstack.payment_provider --port PORT --webhook-url URL

The environment variable PAYMENT_WEBHOOK_SECRET is the secret of the webhooks, `whsec_…`. The optional
PAYMENT_PROVIDER_KEY is the key that callers have to send. They are no arguments, because every user of the
machine can read those.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from ..errors import LocalStackError
from .retries import RetryPolicy
from .server import LATE_S, Options, running_provider
from .webhooks import Signer

SECRET_VARIABLE = "PAYMENT_WEBHOOK_SECRET"
KEY_VARIABLE = "PAYMENT_PROVIDER_KEY"
MAX_SECONDS = 86_400


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        asyncio.run(_serve(_options()))
    except (LocalStackError, OSError) as error:
        print(f"payment provider: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> Options:
    defaults = RetryPolicy()
    parser = argparse.ArgumentParser(
        prog="python -m localstack.payment_provider", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--port", type=_integer(0, 65_535), required=True, help="port of the provider; 0 chooses a free one")
    add("--webhook-url", required=True, help="receiver of the webhooks")
    add("--late-s", type=_seconds, default=LATE_S, help="seconds until late money moves")
    add("--max-attempts", type=_integer(1, 100), default=defaults.max_attempts, help="attempts of a webhook")
    add("--first-backoff-s", type=_seconds, default=defaults.first_backoff_s, help="time until the second")
    args = parser.parse_args()
    url = urlsplit(args.webhook_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        parser.error("--webhook-url must be an http or https URL")
    secret = os.environ.get(SECRET_VARIABLE)
    if not secret:
        raise LocalStackError(f"set {SECRET_VARIABLE} to the secret of the webhook endpoint")
    retries = RetryPolicy(args.max_attempts, args.first_backoff_s)
    key = os.environ.get(KEY_VARIABLE) or None
    return Options(args.webhook_url, Signer(secret), args.port, args.late_s, key, retries)


def _integer(minimum: int, maximum: int) -> Callable[[str], int]:
    def integer(text: str) -> int:  # argparse shows this name in its error
        if not minimum <= int(text) <= maximum:
            raise argparse.ArgumentTypeError(f"must be from {minimum} to {maximum}, not {text}")
        return int(text)

    return integer


def _seconds(text: str) -> float:
    if not 0 <= float(text) <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"must be from 0 to {MAX_SECONDS}, not {text}")
    return float(text)


async def _serve(options: Options) -> None:
    is_stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, is_stopped.set)
    async with running_provider(options) as port:
        print(f"listening on 127.0.0.1:{port}", flush=True)
        await is_stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
