"""Prints the size in bytes of a zip of the given files and folders.

Excludes installers and byte code, because neither is deployed.
"""

import io
import sys
import zipfile
from pathlib import Path

EXCLUDED = {"__pycache__", "_distutils_hack", "pip", "pkg_resources", "setuptools", "wheel"}


def zip_size(paths: list[Path]) -> int:
    """Returns the size of a zip with default compression, as `cargo lambda build -o zip` makes it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in paths:
            if path.is_file():
                zipped.write(path, path.name)
            for file in sorted(path.rglob("*")):
                relative = file.relative_to(path)
                if file.is_file() and is_deployed(relative):
                    zipped.write(file, relative)
    return len(archive.getvalue())


def is_deployed(relative: Path) -> bool:
    """Returns true if a file in a folder is part of the deployment."""
    prefixes = ("pip-", "setuptools-")
    return not any(part in EXCLUDED or part.startswith(prefixes) for part in relative.parts)


if __name__ == "__main__":
    print(zip_size([Path(argument) for argument in sys.argv[1:]]))
