"""`make payment-endpoint`: creates, rotates and finishes endpoints for the webhooks of payment providers.

An endpoint is one secret in Secrets Manager, `{stack}/payment-endpoints/{endpoint}`. It has the tenant, the
provider, and the secrets that sign the webhooks: two while one replaces the other, the newest first.
"""

import argparse
import base64
import json
import os
import re
import secrets
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from environments import CommandError, current_stack, load
from identities import checked_tenant
from payment_secrets import PROVIDERS, STRIPE, PaymentSecrets, checked_provider

# The secret is no argument, because every user of the machine can read those.
SECRET_VARIABLE = "SECRET"
PREFIX = "whsec_"
# Sizes of a key by Standard Webhooks 1.0.0.
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64
# As `WebhookSecrets` and `EndpointId` in shared/payments/domain/src/model/endpoint.rs.
MAX_SECRETS = 2
ENDPOINT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SECRET_OF_STRIPE = re.compile(r"[!-~]{8,255}")


def main() -> int:
    args = parse_args()
    try:
        endpoints = Endpoints.of_stack(args.stack or load(args.config, args.environment).stack)
        secret = os.environ.get(SECRET_VARIABLE) or None
        print(run(endpoints, args, secret, args.api_url or endpoints.api_url))
    except (CommandError, OSError, BotoCoreError, ClientError) as error:
        print(f"{args.command}: {error}", file=sys.stderr)
        return 1
    return 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stack", help="name of the stack; default: the one of the environment")
    parser.add_argument("--api-url", help="base URL of the API; default: the one in the stack's outputs")
    parser.add_argument("--config", type=Path, default="samconfig.toml")
    parser.add_argument("--environment", default="dev")
    command = parser.add_subparsers(required=True, dest="command").add_parser("payment-endpoint")
    command.add_argument("--tenant", default="", help="owner of the orders")
    command.add_argument("--provider", default="", help=" or ".join(PROVIDERS))
    command.add_argument("--id", default="", help="endpoint to create or to change; default: a new one")
    command.add_argument("--finish", default="", help="1 drops the older secret")
    return parser.parse_args()


@dataclass(frozen=True)
class Endpoint:
    """Owner and secrets of an endpoint."""

    tenant: str
    provider: str
    secrets: list[str] = field(repr=False)

    @classmethod
    def parse(cls, name: str, text: str) -> "Endpoint":
        try:
            value = json.loads(text)
            return cls(value["tenant"], value["provider"], list(value["secrets"]))
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(
                f"the secret {name} is not an endpoint: delete it, or choose another ID"
            ) from error

    def to_json(self) -> str:
        value = {"tenant": self.tenant, "provider": self.provider, "secrets": self.secrets}
        return json.dumps(value, separators=(",", ":"))

    def require(self, tenant: str, provider: str) -> None:
        """Raises if another tenant or provider is asked for. Empty texts ask for none."""
        for variable, given, actual in (
            ("TENANT", tenant, self.tenant),
            ("PROVIDER", provider, self.provider),
        ):
            if given not in ("", actual):
                raise CommandError(
                    f"{variable} of an endpoint can't change from {actual!r} to {given!r}: create another one"
                )


@dataclass(frozen=True)
class Endpoints:
    """Endpoints of a stack."""

    stack: str
    api_url: str | None

    @classmethod
    def of_stack(cls, stack: str) -> "Endpoints":
        found = current_stack(stack)
        if not found:
            raise CommandError(f"no stack {stack}: deploy it first")
        outputs = {it["OutputKey"]: it["OutputValue"] for it in found.get("Outputs", [])}
        return cls(stack, outputs.get("EdgeUrl") or outputs.get("ApiUrl"))

    def find(self, identity: str) -> Endpoint | None:
        secret = self._secrets().find(identity)
        return Endpoint.parse(secret.name, secret.text) if secret else None

    def create(self, identity: str, endpoint: Endpoint) -> None:
        description = f"Webhooks of the payment provider {endpoint.provider} for {endpoint.tenant}"
        self._secrets().create(identity, description, endpoint.to_json())

    def update(self, identity: str, endpoint: Endpoint) -> None:
        self._secrets().update(identity, endpoint.to_json())

    def _secrets(self) -> PaymentSecrets:
        return PaymentSecrets(f"{self.stack}/payment-endpoints/")


def run(endpoints: Endpoints, args: argparse.Namespace, secret: str | None, api_url: str | None) -> str:
    """Creates or changes an endpoint. Returns its address, and its secret if that was generated."""
    if args.finish not in ("", "1"):
        raise CommandError(f"FINISH must be 1 or empty, is {args.finish!r}")
    if args.id and not ENDPOINT_ID.fullmatch(args.id):
        raise CommandError(f"ID must have 1 to 64 letters, digits, - and _, is {args.id!r}")
    identity = args.id or secrets.token_hex(16)
    endpoint = endpoints.find(identity) if args.id else None
    if endpoint:
        endpoint.require(args.tenant, args.provider)
    if args.finish:
        if secret:
            raise CommandError(
                f"FINISH=1 adds no secret: unset {SECRET_VARIABLE}, or run the command without FINISH"
            )
        return finish(endpoints, args.id, endpoint)
    if endpoint:
        lines = rotate(endpoints, identity, endpoint, secret)
    else:
        lines = create(endpoints, identity, args, secret)
    provider = endpoint.provider if endpoint else args.provider
    return "\n".join([f"url    {api_url or ''}/webhooks/payments/{provider}/{identity}", *lines])


def create(endpoints: Endpoints, identity: str, args: argparse.Namespace, secret: str | None) -> list[str]:
    """Creates an endpoint. Returns lines for the operator."""
    if args.id and not (args.tenant and args.provider):
        raise CommandError(f"no endpoint has the ID {identity!r}: set TENANT and PROVIDER to create it")
    tenant = checked_tenant(args.tenant)
    provider = checked_provider(args.provider)
    used = checked_secret(provider, secret)
    endpoints.create(identity, Endpoint(tenant, provider, [used]))
    return [] if secret else [f"secret {used}"]


def rotate(endpoints: Endpoints, identity: str, endpoint: Endpoint, secret: str | None) -> list[str]:
    """Puts a secret before the present one. Returns lines for the operator."""
    used = checked_secret(endpoint.provider, secret)
    if used == endpoint.secrets[0]:
        return ["unchanged: this is its newest secret already"]
    if len(endpoint.secrets) >= MAX_SECRETS:
        raise CommandError(
            f"{identity} has {MAX_SECRETS} secrets: drop the older one with FINISH=1 before you add another"
        )
    endpoints.update(identity, replace(endpoint, secrets=[used, endpoint.secrets[0]]))
    lines = [] if secret else [f"secret {used}"]
    return [*lines, "The previous secret stays valid until you run the command with FINISH=1."]


def finish(endpoints: Endpoints, identity: str, endpoint: Endpoint | None) -> str:
    """Drops the older secret."""
    if not identity:
        raise CommandError("FINISH=1 needs the ID of an endpoint")
    if not endpoint:
        raise CommandError(f"no endpoint has the ID {identity!r}")
    if len(endpoint.secrets) == 1:
        return f"unchanged: {identity} has one secret"
    endpoints.update(identity, replace(endpoint, secrets=endpoint.secrets[:1]))
    return f"dropped the older secret of {identity}"


def checked_secret(provider: str, secret: str | None) -> str:
    """Returns a valid secret; a random one if none is given. Errors don't show it."""
    if provider == STRIPE:
        if not secret:
            raise CommandError(f"set the variable {SECRET_VARIABLE} to the signing secret that Stripe shows")
        if not SECRET_OF_STRIPE.fullmatch(secret):
            raise CommandError(f"{SECRET_VARIABLE} must have 8 to 255 visible ASCII characters")
        return secret
    if not secret:
        return PREFIX + base64.b64encode(secrets.token_bytes(MIN_KEY_BYTES)).decode()
    if not is_standard_secret(secret):
        raise CommandError(
            f"{SECRET_VARIABLE} must be {PREFIX} and {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes in base64"
        )
    return secret


def is_standard_secret(secret: str) -> bool:
    """Returns true for a secret by Standard Webhooks, with or without padding."""
    text = secret.removeprefix(PREFIX)
    unpadded = text.rstrip("=")
    try:
        key = base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True)
    except ValueError:
        return False
    padded = base64.b64encode(key).decode()
    # The functions accept no other spelling of the key.
    is_canonical = text in (padded, unpadded) and unpadded == padded.rstrip("=")
    return secret.startswith(PREFIX) and is_canonical and MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES


if __name__ == "__main__":
    sys.exit(main())
