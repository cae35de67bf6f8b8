"""Prints the size in bytes of a zip of the given files and folders.

Installers and byte code in folders are left out: they are not deployed.
"""

import io
import sys
import zipfile
from pathlib import Path

LEFT_OUT = {"__pycache__", "_distutils_hack", "pip", "pkg_resources", "setuptools", "wheel"}


def zip_size(paths: list[Path]) -> int:
    """Returns the size of a zip with default compression, as of `cargo lambda build -o zip`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in paths:
            if path.is_file():
                zipped.write(path, path.name)
            for below in sorted(path.rglob("*")):
                relative = below.relative_to(path)
                if below.is_file() and is_deployed(relative):
                    zipped.write(below, relative)
    return len(archive.getvalue())


def is_deployed(relative: Path) -> bool:
    """Returns `True` for a file of a folder that is deployed."""
    left_out = ("pip-", "setuptools-")
    return not any(part in LEFT_OUT or part.startswith(left_out) for part in relative.parts)


if __name__ == "__main__":
    print(zip_size([Path(argument) for argument in sys.argv[1:]]))
