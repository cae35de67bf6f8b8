"""Times of the attempts to deliver a webhook."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A receiver can't delay a webhook for longer.
MAX_RETRY_AFTER_S = 3_600


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with a maximum number of attempts: twelve in eighteen minutes."""

    max_attempts: int = 12
    first_backoff_s: float = 1
    max_backoff_s: float = 300

    def delay_s(self, attempts: int, retry_after_s: float) -> float | None:
        """Returns the time until the next attempt; `None` after the last one."""
        if attempts >= self.max_attempts:
            return None
        backoff_s = min(self.first_backoff_s * 2.0 ** (attempts - 1), self.max_backoff_s)
        return max(backoff_s, retry_after_s)


def parse_retry_after(header: str | None, now: datetime) -> float:
    """Returns the seconds that the header Retry-After asks for; 0 without a valid one (RFC 9110, 10.2.3)."""
    if header is None:
        return 0
    if header.isascii() and header.isdecimal():
        return min(float(header), MAX_RETRY_AFTER_S)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return 0
    seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(max(math.ceil(seconds), 0), MAX_RETRY_AFTER_S)
