"""Amounts of the payment provider."""

from importlib.resources import files
from xml.etree import ElementTree

import pytest

from localstack.payment_provider.money import InvalidMoney, Money, decimals


def test_amounts_have_the_decimals_of_their_currency() -> None:
    for text, currency, units, shown in (("9.9", "EUR", 990, "9.90"), ("500", "JPY", 500, "500")):
        money = Money.parse(text, currency)
        assert (money.minor_units, money.amount) == (units, shown)
    assert Money(1, "BHD").amount == "0.001"
    for text, currency in (("1.5", "JPY"), ("-1", "EUR"), ("01", "EUR"), ("1.", "EUR"), ("١", "EUR")):
        with pytest.raises(InvalidMoney):
            Money.parse(text, currency)
    table = ElementTree.fromstring(files("iso4217").joinpath("table.xml").read_text("utf-8"))
    entries = {entry.findtext("Ccy"): entry.findtext("CcyMnrUnts") for entry in table.iter("CcyNtry")}
    published = {code: int(number) for code, number in entries.items() if number and number.isdigit()}
    assert published == {code: decimals(code) for code in published}
