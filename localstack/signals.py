"""Ctrl-C and SIGTERM as an orderly stop."""

import signal


class Stopped(BaseException):
    """SIGINT or SIGTERM: stop what runs, then leave. Not an error."""


def stop_on_signals() -> None:
    """Turns the first signal into `Stopped`; a second one does not disturb the clean-up."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
