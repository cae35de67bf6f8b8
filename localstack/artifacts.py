"""Deployment packages: one zip for each function, with its dev-profile binary as `bootstrap`."""

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
# A fixed timestamp makes zips of equal content equal, byte for byte.
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = 0o100755 << 16
# The lowest level: a dev binary is large, and the zip does not leave this machine.
COMPRESSION_LEVEL = 1


def build(binaries: list[str]) -> dict[str, Path]:
    """Builds every function and returns the zip of each. A zip's name is the hash of its binary."""
    require_cargo()
    # Builds the whole workspace, as the tests do, so that nothing is compiled twice.
    command = ["cargo", "build", "--quiet", "--locked", "--workspace", "--bins"]
    if subprocess.run(command, cwd=CHECKOUT, check=False).returncode != 0:
        raise LocalStackError("cargo build failed: fix the errors that it printed above")
    built = CHECKOUT / (os.environ.get("CARGO_TARGET_DIR") or "target") / "debug"
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Threads run in parallel here, because zlib releases the GIL.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        zips = list(threads.map(lambda binary: _zip(built / binary), binaries))
    for outdated in set(FOLDER.glob("*.zip")) - set(zips):
        outdated.unlink(missing_ok=True)  # another process may have deleted it
    return dict(zip(binaries, zips, strict=True))


def require_cargo() -> None:
    if not shutil.which("cargo"):
        raise LocalStackError("cargo is not on the PATH: install Rust from https://rustup.rs")


def empty_zip() -> Path:
    """Returns the zip for functions that are never invoked."""
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
            # Debug information is most of a dev binary, and no function uses it.
            if strip := shutil.which("strip"):
                subprocess.run([strip, "-S", stripped], check=True)
            _write(file, stripped.read_bytes())
    return file


def _write(file: Path, bootstrap: bytes) -> None:
    """Writes a zip. Other processes may write the same one at the same time."""
    entry = zipfile.ZipInfo("bootstrap", ZIP_TIMESTAMP)
    entry.external_attr = EXECUTABLE
    with (
        tempfile.NamedTemporaryFile(dir=file.parent, suffix=".tmp", delete=False) as temporary,
        zipfile.ZipFile(temporary, "w") as archive,
    ):
        archive.writestr(entry, bootstrap, zipfile.ZIP_DEFLATED, COMPRESSION_LEVEL)
    Path(temporary.name).replace(file)
