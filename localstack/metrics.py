"""The metrics of the functions as a Prometheus page.

Functions write them in CloudWatch's embedded metric format, a JSON object a
line (CloudWatch user guide, "Specification: Embedded metric format"); on AWS,
CloudWatch reads them from the log. Here each scrape reads what was added to the
logs of the session. Counts become counters; values with a unit become summaries.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client import start_http_server
from prometheus_client.core import CounterMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

Labels = tuple[tuple[str, str], ...]


@dataclass
class _Series:
    """One metric: how often it was recorded and the sum of its values, by its labels."""

    is_count: bool
    recorded: defaultdict[Labels, int] = field(default_factory=lambda: defaultdict(int))
    total: defaultdict[Labels, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, labels: Labels, values: list[float]) -> None:
        self.recorded[labels] += len(values)
        self.total[labels] += sum(values)


class LogCollector(Collector):
    """Counts what the logs in a folder say."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._read: dict[Path, int] = {}
        self._series: dict[str, _Series] = {}

    def collect(self) -> Iterator[Metric]:
        for file in sorted(self._folder.glob("*.log")):
            for line in self._new_lines(file):
                if line.startswith('{"_aws"'):
                    self._add(json.loads(line))
        for name, series in self._series.items():
            yield from _families(name, series)

    def _new_lines(self, file: Path) -> list[str]:
        """Whole lines only: the rest of the last one comes with the next scrape."""
        with file.open("rb") as log:
            log.seek(self._read.get(file, 0))
            whole, _, _ = log.read().rpartition(b"\n")
        self._read[file] = self._read.get(file, 0) + len(whole) + bool(whole)
        return whole.decode(errors="replace").splitlines()

    def _add(self, record: dict[str, Any]) -> None:
        for directive in record["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                labels = tuple((name, str(record[name])) for name in names)
                for metric in directive["Metrics"]:
                    name, value = metric["Name"], record[metric["Name"]]
                    series = self._series.setdefault(name, _Series("Unit" not in metric))
                    series.add(labels, value if isinstance(value, list) else [value])


def _families(name: str, series: _Series) -> Iterator[Metric]:
    """One family for each set of label names; Prometheus wants them to be the same in one."""
    family: CounterMetricFamily | SummaryMetricFamily
    for names in sorted({tuple(name for name, _ in labels) for labels in series.recorded}):
        if series.is_count:
            family = CounterMetricFamily(name, name, labels=names)
        else:
            family = SummaryMetricFamily(name, name, labels=names)
        for labels, recorded in series.recorded.items():
            if tuple(name for name, _ in labels) != names:
                continue
            values = [value for _, value in labels]
            if isinstance(family, CounterMetricFamily):
                family.add_metric(values, series.total[labels])
            else:
                family.add_metric(values, recorded, series.total[labels])
        yield family


@contextmanager
def served(port: int, folder: Path) -> Iterator[None]:
    """Serves the page on a port while the block runs."""
    registry = CollectorRegistry()
    registry.register(LogCollector(folder))
    server, thread = start_http_server(port, "127.0.0.1", registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
