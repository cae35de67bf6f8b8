"""The zips that are deployed: one a function, with its binary of the dev profile as `bootstrap`."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .errors import LocalStackError
from .settings import CHECKOUT

FOLDER = CHECKOUT / "target/localstack"
# Equal content makes equal bytes: the time of a zip entry can't be left out.
TIME = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = 0o100755 << 16
# The lowest level: a dev binary is large, and is not sent far.
COMPRESSION = 1


def build(binaries: list[str]) -> dict[str, Path]:
    """Builds every function and returns the zip of each, named by the hash of its binary."""
    require_cargo()
    # The whole workspace, as the tests build it, so that nothing is compiled twice.
    command = ["cargo", "build", "--quiet", "--locked", "--workspace", "--bins"]
    if subprocess.run(command, cwd=CHECKOUT, check=False).returncode != 0:
        raise LocalStackError("the functions don't build; cargo's output is above")
    built = CHECKOUT / (os.environ.get("CARGO_TARGET_DIR") or "target") / "debug"
    FOLDER.mkdir(parents=True, exist_ok=True)
    # zlib releases the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        zips = list(threads.map(lambda binary: _zip(built / binary), binaries))
    for old in set(FOLDER.glob("*.zip")) - set(zips):
        old.unlink()
    return dict(zip(binaries, zips, strict=True))


def require_cargo() -> None:
    if not shutil.which("cargo"):
        raise LocalStackError("cargo is not on the PATH: see https://rustup.rs")


def empty() -> Path:
    """A zip for functions that are never invoked."""
    file = FOLDER / "empty.zip"
    FOLDER.mkdir(parents=True, exist_ok=True)
    _write(file, b"")
    return file


def _zip(binary: Path) -> Path:
    with binary.open("rb") as content:
        file = FOLDER / f"{hashlib.file_digest(content, 'sha256').hexdigest()}.zip"
    if not file.exists():
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            stripped = Path(folder) / "bootstrap"
            shutil.copy(binary, stripped)
            # Of no use to a function, and most of a dev binary.
            if strip := shutil.which("strip"):
                subprocess.run([strip, "-S", stripped], check=True)
            _write(file, stripped.read_bytes())
    return file


def _write(file: Path, bootstrap: bytes) -> None:
    draft = file.with_suffix(".tmp")
    entry = zipfile.ZipInfo("bootstrap", TIME)
    entry.external_attr = EXECUTABLE
    with zipfile.ZipFile(draft, "w") as archive:
        archive.writestr(entry, bootstrap, zipfile.ZIP_DEFLATED, COMPRESSION)
    draft.replace(file)
