"""The accepted currencies are those of ISO 4217, list one, as of the date in the documentation."""

import json
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]


def test_the_accepted_currencies_are_those_of_list_one() -> None:
    table = ElementTree.fromstring(files("iso4217").joinpath("table.xml").read_text("utf-8"))
    entries = [(entry.findtext("Ccy"), entry.findtext("CcyMnrUnts")) for entry in table.iter("CcyNtry")]
    document = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    accepted = document["components"]["schemas"]["NewOrder"]["properties"]["currency"]["enum"]
    assert set(accepted) == {code for code, decimals in entries if decimals and decimals.isdigit()}
    for file in ("docs/api.md", "shared/kernel/src/currency.rs", "CHANGELOG.md"):
        assert f"as published on {table.attrib['Pblshd']}" in (ROOT / file).read_text("utf-8"), file
