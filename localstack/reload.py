"""`make reload`: builds what has changed, and updates the running stack."""

from .data import working
from .deployment import outputs, redeploy
from .settings import Settings


def reload(settings: Settings) -> None:
    """Prints the functions that were updated."""
    outputs(settings.aws_url)  # Or there is nothing to update.
    updated = redeploy(settings.aws_url, working(settings.data))
    if updated is None:
        print("nothing has changed")
    else:
        print(f"updated: {', '.join(updated) or 'no function, but the stack'}")
