"""Prints how many bytes a zip of the given files and folders has.

Installers and byte code are left out of folders: neither belongs to a deployment.
"""

import io
import sys
import zipfile
from pathlib import Path

LEFT_OUT = {"__pycache__", "_distutils_hack", "pip", "pkg_resources", "setuptools", "wheel"}


def zip_size(paths: list[Path]) -> int:
    """The size of a zip with default compression, as `cargo lambda build -o zip` makes it."""
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
    """Whether a file of a folder belongs to a deployment."""
    left_out = ("pip-", "setuptools-")
    return not any(part in LEFT_OUT or part.startswith(left_out) for part in relative.parts)


if __name__ == "__main__":
    print(zip_size([Path(argument) for argument in sys.argv[1:]]))
