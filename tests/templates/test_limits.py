"""Reserved concurrency, connections to DocumentDB, and throttling."""

import re

import pytest
from transformed import Transformed

from localstack.settings import CHECKOUT
from localstack.template import resources_of

# An instance has one connection to monitor the writer, and at most this many others (docs/aws.md).
WORKING_CONNECTIONS = 2
MONITORING_CONNECTIONS = 1
# The rotation function logs in once.
ROTATION_CONNECTIONS = 1
# AWS keeps 100 of the default limit of 1 000 unreserved.
RESERVABLE = 900
# Amazon DocumentDB developer guide, "serverless instance limits".
LIMITS = {"0.5": 250, "1": 500, "1.5": 750, "2": 1000, "4": 2000, "8": 4000, "16": 8000}


def constant(path: str, name: str) -> int:
    """Value of a constant in the Rust code."""
    found = re.search(rf"{name}: \w+ = (\d+);", (CHECKOUT / path).read_text())
    assert found, name
    return int(found[1])


def reserved(transformed: Transformed, capacity: str) -> dict[str, int]:
    """Reserved concurrency of each function that uses DocumentDB."""
    found = {}
    for name, logical_id, function in transformed.resources("AWS::Lambda::Function"):
        properties = function["Properties"]
        variables = properties.get("Environment", {}).get("Variables", {})
        uses_database = "MONGO_SECRET_ARN" in variables
        given = properties.get("ReservedConcurrentExecutions")
        assert uses_database == (given is not None), (
            f"{logical_id} uses DocumentDB, so its concurrency is reserved"
        )
        if given is not None:
            found[logical_id] = int(transformed.evaluate(name, given, {"DatabaseMinCapacity": capacity}))
    return found


@pytest.mark.parametrize("capacity", LIMITS)
def test_all_functions_together_never_exceed_the_connection_limit(
    transformed: Transformed, capacity: str
) -> None:
    assert constant("shared/platform/mongodb/src/client.rs", "CONNECTIONS_PER_REQUEST") == WORKING_CONNECTIONS
    relay = constant("shared/platform/outbox/src/relay.rs", "MAX_CONCURRENCY")
    sweeper = constant("functions/orders/sweep/src/main.rs", "CONCURRENCY")
    instances = reserved(transformed, capacity)
    processor = constant("functions/orders/process/src/main.rs", "CONCURRENCY")
    working = {"Relay": relay, "SweepOrders": sweeper, "ProcessOrders": processor}
    connections = {
        function: count * (MONITORING_CONNECTIONS + working.get(function, WORKING_CONNECTIONS))
        for function, count in instances.items()
    }
    total = sum(connections.values()) + ROTATION_CONNECTIONS
    print(f"{capacity} DCU: {instances}, {total} of {LIMITS[capacity]} connections")
    row = transformed.root["Mappings"]["Concurrency"][capacity]
    assert row["Limit"] == LIMITS[capacity]
    assert row["Alarm"] == LIMITS[capacity] * 0.8
    # A tenth is left for further functions, such as that of the workflow, which is optional.
    optional = connections["WorkflowStep"]
    assert total - optional <= row["Limit"] * 9 / 10
    assert total <= row["Limit"] * 19 / 20
    assert sum(instances.values()) <= RESERVABLE


def test_every_capacity_has_a_row(transformed: Transformed) -> None:
    allowed = transformed.root["Parameters"]["DatabaseMinCapacity"]["AllowedValues"]
    assert list(transformed.root["Mappings"]["Concurrency"]) == allowed == list(LIMITS)


def test_without_reservations_nothing_is_reserved(transformed: Transformed) -> None:
    for name, logical_id, function in transformed.resources("AWS::Lambda::Function"):
        given = function["Properties"].get("ReservedConcurrentExecutions")
        found = transformed.evaluate(name, given, {"ReserveConcurrency": "false"})
        assert found in (None, {"Ref": "AWS::NoValue"}), logical_id


def test_no_subscriber_can_use_up_the_concurrency_of_the_account(transformed: Transformed) -> None:
    mappings = [it["Properties"] for _, _, it in transformed.resources("AWS::Lambda::EventSourceMapping")]
    [stream] = [it for it in mappings if "ScalingConfig" not in it]
    queues = {
        str(it["FunctionName"]): it["ScalingConfig"]["MaximumConcurrency"] for it in mappings if it != stream
    }
    by_function = {
        name: limit
        for name in (
            "Audit",
            "CallProvider",
            "ProcessOrders",
            "RecordPaymentFacts",
            "StartWorkflow",
            "TrackOrders",
        )
        for alias, limit in queues.items()
        if f"'{name}Alias" in alias
    }
    assert by_function == {
        "Audit": 10,
        "CallProvider": 10,
        "ProcessOrders": 2,
        "TrackOrders": 10,
        "RecordPaymentFacts": 2,
        "StartWorkflow": 5,
    }
    assert len(queues) == len(by_function)
    # A queue that may use more than the reservation would count throttled messages as received.
    assert reserved(transformed, "0.5")["RecordPaymentFacts"] == 2
    assert reserved(transformed, "0.5")["ProcessOrders"] == 2
    # One instance for each part of the stream.
    assert stream.get("ParallelizationFactor", 1) == 1


def test_health_checks_that_reach_the_stores_are_throttled(transformed: Transformed) -> None:
    [stage] = [stage for _, stage in resources_of(transformed.root, "AWS::ApiGatewayV2::Stage")]
    settings = stage["Properties"]["RouteSettings"]
    health = next(
        it for key, it in resources_of(transformed.root, "AWS::Lambda::Function") if key == "Health"
    )
    assert health["Properties"]["ReservedConcurrentExecutions"]["Fn::If"][1] == 4
    limits = {"/health": 5, "/ready": 5, "/healthz": 20}
    webhook = settings.pop("POST /webhooks/payments/{provider}/{endpoint}")
    assert webhook == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
    status = {"ThrottlingRateLimit": 200, "ThrottlingBurstLimit": 400}
    assert settings.pop("GET /orders/{id}/status") == status
    assert settings.pop("HEAD /orders/{id}/status")["ThrottlingRateLimit"] == 20
    login = settings.pop("POST /login")
    assert login["Fn::If"][:2] == ["HasCognito", {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20}]
    assert settings == {
        f"{method} {path}": {"ThrottlingRateLimit": limit, "ThrottlingBurstLimit": limit}
        for path, limit in limits.items()
        for method in ("GET", "HEAD")
    }
