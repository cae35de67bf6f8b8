"""Deployment packages."""

import zipfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from localstack import artifacts

PROCESSES = 8
FILES = 20
BOOTSTRAP = b"a bootstrap" * 100_000


def write(folder: Path, number: int) -> None:
    artifacts._write(folder / f"{number // PROCESSES}.zip", BOOTSTRAP)


def test_processes_can_pack_the_same_binaries_at_the_same_time(tmp_path: Path) -> None:
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        list(processes.map(partial(write, tmp_path), range(FILES * PROCESSES)))
    packed = sorted(tmp_path.iterdir())
    assert len(packed) == FILES, "and no temporary file stays"
    for file in packed:
        with zipfile.ZipFile(file) as archive:
            assert archive.read("bootstrap") == BOOTSTRAP
