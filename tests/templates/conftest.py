"""Fixtures of the tests of the templates."""

import pytest
from transformed import Transformed


@pytest.fixture(scope="session")
def transformed() -> Transformed:
    return Transformed()
