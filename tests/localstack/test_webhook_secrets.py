"""Secrets of webhooks, and the settings of payments."""

import pytest

from localstack.errors import LocalStackError
from localstack.settings import Settings
from localstack.webhook_secrets import is_endpoint_secret, new_secret, parse_key

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_key_has_one_spelling_with_or_without_padding() -> None:
    key = b"exactly twenty-five bytes"
    for secret in ("whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcw==", "whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcw"):
        assert parse_key(secret) == key
        assert is_endpoint_secret(secret)
    for secret in (
        "",
        "whsec_",
        "whsec_ä",
        f" {SECRET}",
        f"{SECRET}\n",
        SECRET.removeprefix("whsec_"),
        "whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcw=",
        "whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcw===",
        "whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcx==",
    ):
        assert parse_key(secret) is None, secret


def test_a_new_secret_is_random_and_valid() -> None:
    assert is_endpoint_secret(new_secret())
    assert new_secret() != new_secret()


def test_the_secret_of_the_settings_is_checked_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYMENT_WEBHOOK_SECRET", SECRET)
    settings = Settings.from_env()
    assert settings.payment_webhook_secret == SECRET
    assert SECRET not in repr(settings)
    monkeypatch.setenv("PAYMENT_WEBHOOK_SECRET", SECRET[:-4])
    with pytest.raises(LocalStackError, match="PAYMENT_WEBHOOK_SECRET must be whsec_ and 24 to 64") as error:
        Settings.from_env()
    assert SECRET[:-4] not in str(error.value)
    monkeypatch.setenv("PAYMENT_WEBHOOK_SECRET", "")
    assert Settings.from_env().payment_webhook_secret is None


@pytest.mark.parametrize(
    ("auth", "given", "tenant"),
    [("none", "acme", "default"), ("cognito", "", "acme"), ("cognito", "other", "other")],
)
def test_payments_are_for_the_tenant_of_the_callers(
    auth: str, given: str, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH", auth)
    monkeypatch.setenv("TENANT", given)
    assert Settings.from_env().tenant == tenant


def test_an_invalid_tenant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH", "cognito")
    monkeypatch.setenv("TENANT", "Acme")
    with pytest.raises(LocalStackError, match=r"TENANT must have 1 to 64 characters .* is 'Acme'"):
        Settings.from_env()
