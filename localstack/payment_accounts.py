"""Accounts at payment providers: infra/payment_accounts.py, with the emulator as AWS.

`make run` creates the account of its tenant at its own payment provider.
"""

import json

from .infra_script import run_infra_script
from .payment_endpoints import LOCAL_PROVIDER
from .settings import STACK, Settings
from .stores import aws_client

# The provider of `make run` accepts every key.
LOCAL_KEY = "any"


def payment_accounts(settings: Settings, *arguments: str) -> str:
    """Runs a command, and returns what it prints."""
    return run_infra_script(settings, "payment_accounts.py", *arguments)


def local_account_name(tenant: str) -> str:
    """Returns the name of the account at the provider of `make run`. As in infra/payment_accounts.py."""
    return f"{STACK}/payment-accounts/{tenant}/{LOCAL_PROVIDER}"


def put_local_account(aws_url: str, tenant: str, provider_url: str) -> None:
    """Creates or updates the account of a tenant at the payment provider of `make run`."""
    client, name = aws_client("secretsmanager", aws_url), local_account_name(tenant)
    account = json.dumps({"key": LOCAL_KEY, "url": provider_url})
    try:
        client.create_secret(Name=name, SecretString=account)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=name, SecretString=account)
