"""Secrets of payment providers in Secrets Manager: those of endpoints, and of accounts."""

from dataclasses import dataclass, field
from typing import Any

import boto3
from environments import CommandError

STANDARD, STRIPE = PROVIDERS = ("standard", "stripe")


@dataclass(frozen=True)
class PaymentSecret:
    """Secret with its name, for errors."""

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class PaymentSecrets:
    """Secrets whose names begin with a prefix."""

    prefix: str

    def find(self, identity: str) -> PaymentSecret | None:
        client, name = self._client(), self._name(identity)
        try:
            return PaymentSecret(name, client.get_secret_value(SecretId=name)["SecretString"])
        except client.exceptions.ResourceNotFoundException:
            return None

    def create(self, identity: str, description: str, text: str) -> None:
        self._client().create_secret(Name=self._name(identity), Description=description, SecretString=text)

    def update(self, identity: str, text: str) -> None:
        self._client().put_secret_value(SecretId=self._name(identity), SecretString=text)

    def _name(self, identity: str) -> str:
        return f"{self.prefix}{identity}"

    def _client(self) -> Any:
        return boto3.client("secretsmanager")


def checked_provider(text: str) -> str:
    if text not in PROVIDERS:
        raise CommandError(f"PROVIDER must be {' or '.join(PROVIDERS)}, is {text!r}")
    return text
