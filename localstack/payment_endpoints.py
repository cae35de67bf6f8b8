"""Endpoints for the webhooks of payment providers: infra/payment_endpoints.py, with the emulator as AWS.

`make run` creates the endpoint `local`, to which its payment provider sends.
"""

import json
from typing import Any

from .infra_script import run_infra_script
from .settings import STACK, Settings
from .stores import aws_client
from .webhook_secrets import new_secret

LOCAL_ENDPOINT = "local"
LOCAL_PROVIDER = "standard"
# As in infra/payment_endpoints.py.
LOCAL_SECRET_NAME = f"{STACK}/payment-endpoints/{LOCAL_ENDPOINT}"


def payment_endpoints(settings: Settings, *arguments: str) -> str:
    """Runs a command, and returns what it prints."""
    return run_infra_script(settings, "payment_endpoints.py", "--api-url", settings.api_url, *arguments)


def local_webhook_url(settings: Settings) -> str:
    """Returns the address of the endpoint `local`."""
    return f"{settings.api_url}/webhooks/payments/{LOCAL_PROVIDER}/{LOCAL_ENDPOINT}"


def put_local_endpoint(aws_url: str, tenant: str, secret: str | None) -> str:
    """Creates or updates the endpoint `local`. Returns its secret, which stays the same unless one is given.

    Not by infra/payment_endpoints.py, which would keep a previous secret, and refuses another tenant.
    """
    client, existing = aws_client("secretsmanager", aws_url), find_local_endpoint(aws_url)
    present = existing["secrets"] if existing else [new_secret()]
    secrets = [secret] if secret else present
    endpoint = {"tenant": tenant, "provider": LOCAL_PROVIDER, "secrets": secrets}
    if existing is None:
        client.create_secret(Name=LOCAL_SECRET_NAME, SecretString=json.dumps(endpoint))
    elif existing != endpoint:
        client.put_secret_value(SecretId=LOCAL_SECRET_NAME, SecretString=json.dumps(endpoint))
    return str(secrets[0])


def find_local_endpoint(aws_url: str) -> dict[str, Any] | None:
    """Returns the endpoint `local`, or `None` if it does not exist."""
    client = aws_client("secretsmanager", aws_url)
    try:
        text = client.get_secret_value(SecretId=LOCAL_SECRET_NAME)["SecretString"]
    except client.exceptions.ResourceNotFoundException:
        return None
    endpoint: dict[str, Any] = json.loads(text)
    return endpoint
