"""Content of the data folder after each possible end of a session."""

from pathlib import Path

import pytest

from localstack.data import session
from localstack.errors import LocalStackError


def write(data: Path, text: str) -> None:
    with session(data) as folder:
        (folder / "orders").write_text(text)


def read(data: Path) -> str:
    with session(data) as folder:
        orders = folder / "orders"
        return orders.read_text() if orders.exists() else ""


def test_the_next_session_reads_what_a_session_wrote(tmp_path: Path) -> None:
    write(tmp_path, "one")
    write(tmp_path, "two")
    assert read(tmp_path) == "two"


def test_an_error_leaves_the_data_unchanged(tmp_path: Path) -> None:
    write(tmp_path, "one")
    with pytest.raises(KeyError), session(tmp_path) as folder:
        (folder / "orders").write_text("two")
        raise KeyError
    assert read(tmp_path) == "one"


def test_a_kill_leaves_the_data_unchanged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "one")
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "orders").write_text("two")
    assert read(tmp_path) == "one"
    assert "did not shut down cleanly" in capsys.readouterr().err


@pytest.mark.parametrize("is_renamed", [False, True])
def test_a_kill_while_the_data_is_replaced_loses_nothing(tmp_path: Path, is_renamed: bool) -> None:
    write(tmp_path, "one")
    (tmp_path / "kept").rename(tmp_path / "replaced")
    folder = tmp_path / ("kept" if is_renamed else "session")
    folder.mkdir()
    (folder / "orders").write_text("two")
    assert read(tmp_path) == "two"


def test_a_second_concurrent_session_is_refused(tmp_path: Path) -> None:
    with session(tmp_path), pytest.raises(LocalStackError, match="another stack uses"), session(tmp_path):
        pass
