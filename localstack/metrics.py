"""Prometheus page with the metrics of the functions.

The functions write metrics to their logs in CloudWatch's embedded metric format:
one JSON object a line (CloudWatch user guide, "Specification: Embedded metric
format"). CloudWatch extracts them on AWS. Here, each scrape reads the new lines
of the session's logs. Counts become counters; values with a unit become summaries.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import Counter, Summary, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from .log_files import LogFiles, is_metric


class LogCollector(Collector):
    """Collects metrics from the log files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._files = LogFiles(folder)
        self._registry = CollectorRegistry()
        self._metrics: dict[str, Counter | Summary] = {}

    def collect(self) -> Iterator[Metric]:
        for _, line in self._files.new_lines():
            if is_metric(line):
                self._add(json.loads(line))
        yield from self._registry.collect()

    def _add(self, record: dict[str, Any]) -> None:
        for directive in record["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                for definition in directive["Metrics"]:
                    value = record[definition["Name"]]
                    metric = self._metric(definition, names)
                    labelled = metric.labels(*(record[name] for name in names)) if names else metric
                    for number in value if isinstance(value, list) else [value]:
                        labelled.inc(number) if isinstance(labelled, Counter) else labelled.observe(number)

    def _metric(self, definition: dict[str, str], labels: list[str]) -> Counter | Summary:
        name = definition["Name"]
        if name not in self._metrics:
            kind = Summary if "Unit" in definition else Counter
            self._metrics[name] = kind(name, name, labels, registry=self._registry)
        return self._metrics[name]


@contextmanager
def metrics_server(port: int, folder: Path) -> Iterator[None]:
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
