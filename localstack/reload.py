"""`make reload`: builds the functions and updates the running stack."""

from .data import session_folder
from .deployment import outputs, redeploy
from .settings import Settings


def reload(settings: Settings) -> None:
    """Updates the running stack and prints the names of the updated functions."""
    outputs(settings.aws_url)  # Raises when no stack is running.
    updated = redeploy(settings.aws_url, session_folder(settings.data))
    if updated is None:
        print("nothing has changed")
    else:
        print(f"updated: {', '.join(updated) or 'the templates; no function'}")
