"""`make payment-account`: creates the account of a tenant at a payment provider, or changes it.

An account is one secret in Secrets Manager, `{stack}/payment-accounts/{tenant}/{provider}`. It has the key of
the provider's API, and the base URL of the API unless the provider publishes one.
"""

import argparse
import ipaddress
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from environments import CommandError, current_stack, load
from identities import checked_tenant
from payment_secrets import PROVIDERS, STANDARD, PaymentSecret, PaymentSecrets, checked_provider

# The key is no argument, because every user of the machine can read those.
KEY_VARIABLE = "KEY"
# As `ApiKey` in shared/payments/domain/src/model/account.rs.
KEY = re.compile(r"[!-~]{1,255}")


def main() -> int:
    args = parse_args()
    try:
        stack = args.stack or load(args.config, args.environment).stack
        if not current_stack(stack):
            raise CommandError(f"no stack {stack}: deploy it first")
        print(run(stack, args, os.environ.get(KEY_VARIABLE) or None))
    except (CommandError, OSError, BotoCoreError, ClientError) as error:
        print(f"{args.command}: {error}", file=sys.stderr)
        return 1
    return 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stack", help="name of the stack; default: the one of the environment")
    parser.add_argument("--config", type=Path, default="samconfig.toml")
    parser.add_argument("--environment", default="dev")
    command = parser.add_subparsers(required=True, dest="command").add_parser("payment-account")
    command.add_argument("--tenant", default="", help="owner of the account")
    command.add_argument("--provider", default="", help=" or ".join(PROVIDERS))
    command.add_argument("--url", default="", help="base URL of the API; default: the present one")
    return parser.parse_args()


def run(stack: str, args: argparse.Namespace, key: str | None) -> str:
    """Creates or changes an account. Returns a line for the operator, without the key."""
    tenant, provider = checked_tenant(args.tenant), checked_provider(args.provider)
    if not key:
        raise CommandError(f"set the variable {KEY_VARIABLE} to the key of the provider's API")
    if not KEY.fullmatch(key):
        raise CommandError(f"{KEY_VARIABLE} must have 1 to 255 visible ASCII characters")
    secrets, identity = PaymentSecrets(f"{stack}/payment-accounts/"), f"{tenant}/{provider}"
    present = secrets.find(identity)
    url = checked_url(args.url) if args.url else url_of(present)
    if provider == STANDARD and not url:
        raise CommandError(f"the provider {STANDARD} publishes no URL: set URL to the base URL of its API")
    account = {"key": key} | ({"url": url} if url else {})
    text = json.dumps(account, separators=(",", ":"))
    if present is None:
        secrets.create(identity, f"Account of {tenant} at the payment provider {provider}", text)
        return f"created {secrets.prefix}{identity}"
    if present.text == text:
        return f"unchanged: {present.name} has this key already"
    secrets.update(identity, text)
    return f"changed {present.name}; running functions use it within five minutes"


def url_of(present: PaymentSecret | None) -> str | None:
    """Returns the URL of an account, which may be broken: the command replaces it."""
    if present is None:
        return None
    try:
        url = json.loads(present.text).get("url")
    except (ValueError, AttributeError):
        return None
    return url if isinstance(url, str) else None


def checked_url(text: str) -> str:
    """Returns a base URL as the functions accept it, like `BaseUrl` in shared/payments/domain."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host is not None and is_loopback(host))
    if not host or not is_safe or "@" in parts.netloc or "?" in text or "#" in text or not text.isprintable():
        scheme = "https, or http and a loopback host"
        raise CommandError(f"URL must have {scheme}, and no login, query and fragment, is {text!r}")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
