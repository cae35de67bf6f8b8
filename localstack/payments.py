"""Payment provider of the running stack: a process that sends its webhooks to the endpoint `local`."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

from .payment_endpoints import local_webhook_url
from .process import ServerProcess
from .settings import Settings


@contextlib.contextmanager
def running_payment_provider(
    settings: Settings, secret: str, on_exit: Callable[[str], None]
) -> Iterator[None]:
    """Runs the payment provider while the block runs. The secret signs its webhooks."""
    command = [sys.executable, "-m", f"{__package__}.payment_provider"]
    command += ["--port", str(settings.payment_provider_port), "--webhook-url", local_webhook_url(settings)]
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment["PAYMENT_WEBHOOK_SECRET"] = secret
    log = settings.logs / "payment-provider.log"
    server = ServerProcess("payment provider", command, on_exit, environment, log)
    try:
        server.port()
        yield
    finally:
        server.stop()
