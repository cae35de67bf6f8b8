"""The Prometheus page shows metrics in CloudWatch's embedded metric format."""

import json
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.registry import CollectorRegistry

from localstack.metrics import LogCollector


def line(name: str, value: object, unit: str | None = None, **dimensions: str) -> str:
    metric = {"Name": name, **({"Unit": unit} if unit else {})}
    directive = {"Namespace": "orders", "Dimensions": [list(dimensions)], "Metrics": [metric]}
    record = {"_aws": {"Timestamp": 0, "CloudWatchMetrics": [directive]}, **dimensions, name: value}
    return json.dumps(record, separators=(",", ":")) + "\n"


def page(folder: Path) -> tuple[CollectorRegistry, Path]:
    registry = CollectorRegistry()
    registry.register(LogCollector(folder))
    return registry, folder / "orders-local-create-order.log"


def test_counts_with_equal_labels_are_added_up(tmp_path: Path) -> None:
    registry, log = page(tmp_path)
    log.write_text(
        line("http_requests_total", 1, method="POST", status="201")
        + '{"level":"INFO","message":"request"}\n'
        + line("http_requests_total", 2, method="POST", status="201")
        + line("http_requests_total", 1, method="GET", status="200")
    )
    text = generate_latest(registry).decode()
    assert 'http_requests_total{method="POST",status="201"} 3.0' in text
    assert 'http_requests_total{method="GET",status="200"} 1.0' in text
    assert "# TYPE http_requests_total counter" in text


def test_values_with_a_unit_become_a_summary(tmp_path: Path) -> None:
    registry, log = page(tmp_path)
    log.write_text(line("mongo_ops_latency_ms", [1.5, 2.5], "Milliseconds", operation="insert"))
    text = generate_latest(registry).decode()
    assert 'mongo_ops_latency_ms_count{operation="insert"} 2.0' in text
    assert 'mongo_ops_latency_ms_sum{operation="insert"} 4.0' in text


def test_a_line_counts_once_and_only_when_it_is_complete(tmp_path: Path) -> None:
    registry, log = page(tmp_path)
    record = line("events_published_total", 1)
    log.write_text(record + record[:20])
    assert "events_published_total 1.0" in generate_latest(registry).decode()
    with log.open("a") as rest:
        rest.write(record[20:])
    assert "events_published_total 2.0" in generate_latest(registry).decode()
    assert "events_published_total 2.0" in generate_latest(registry).decode()
