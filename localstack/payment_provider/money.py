"""Money in the minor units of its currency, such as cents. Texts are in plain notation, such as `9.90`."""

import re
from dataclasses import dataclass
from decimal import Decimal

# Currencies of ISO 4217 by their number of decimals. All others have two.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {code: number for number, codes in _CODES.items() for code in codes.split()}
_PLAIN_NOTATION = re.compile(r"(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?", re.ASCII)


class InvalidMoney(Exception):
    """A text that is not an amount of the currency. The message says what an amount must be."""


def decimals(currency: str) -> int:
    """Returns the number of decimals of an amount: USD 2, JPY 0, BHD 3."""
    return _DECIMALS.get(currency, 2)


@dataclass(frozen=True)
class Money:
    """Amount that is not negative."""

    minor_units: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Creates money from a positive amount in plain notation."""
        if not _PLAIN_NOTATION.fullmatch(text):
            raise InvalidMoney('must be a decimal number in plain notation, such as "9.99"')
        scaled = Decimal(text).scaleb(decimals(currency))
        if scaled != int(scaled):
            raise InvalidMoney(f"must have at most {decimals(currency)} decimals in {currency}")
        if scaled == 0:
            raise InvalidMoney("must be more than 0")
        return cls(int(scaled), currency)

    @property
    def amount(self) -> str:
        """Returns the amount in plain notation, with exactly the decimals of the currency."""
        return f"{Decimal(self.minor_units).scaleb(-decimals(self.currency)):f}"

    def plus(self, minor_units: int) -> "Money":
        """Returns the sum with a number of minor units, which can be negative."""
        return Money(self.minor_units + minor_units, self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
