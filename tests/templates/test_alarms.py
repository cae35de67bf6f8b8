"""Alarms: metrics that vanish, roles of the database, security, the probe, and costs."""

import json

from transformed import Transformed

from localstack.template import Resource, references, resources_of

ALARM = "AWS::CloudWatch::Alarm"


def metrics_of(alarm: Resource) -> list[dict[str, object]]:
    """Metrics of an alarm, without expressions."""
    properties = alarm["Properties"]
    if "Metrics" not in properties:
        return [properties]
    return [it["MetricStat"]["Metric"] for it in properties["Metrics"] if "MetricStat" in it]


def alarms_of(transformed: Transformed, name: str) -> dict[str, Resource]:
    return dict(resources_of(transformed.templates[name], ALARM))


def test_alarms_on_dynamodb_have_the_minutes_of_a_metric_that_always_exists(transformed: Transformed) -> None:
    found = 0
    for _, logical_id, alarm in transformed.resources(ALARM):
        if "AWS/DynamoDB" not in [metric["Namespace"] for metric in metrics_of(alarm)]:
            continue
        found += 1
        # CloudWatch ignores missing data of DynamoDB, whatever TreatMissingData says.
        assert "Metrics" in alarm["Properties"], f"{logical_id} has no other metric"
        [expression] = [it["Expression"] for it in alarm["Properties"]["Metrics"] if "Expression" in it]
        dynamodb = [
            it["Id"] for it in alarm["Properties"]["Metrics"] if "DynamoDB" in str(it.get("MetricStat"))
        ]
        assert all(f"FILL({metric}, 0)" in expression for metric in dynamodb), expression
        [anchor] = [it for it in alarm["Properties"]["Metrics"] if "AWS/Lambda" in str(it.get("MetricStat"))]
        assert f"0 * {anchor['Id']} " in expression
        assert "Relay" in set(references(transformed.arguments("infra/observability.yaml")["RelayName"]))
    assert found == 1


def test_the_database_has_the_same_alarms_for_the_writer_and_the_reader(transformed: Transformed) -> None:
    alarms = alarms_of(transformed, "infra/database-alarms.yaml")
    by_role = {}
    for alarm in alarms.values():
        properties = alarm["Properties"]
        dimensions = {it["Name"]: it["Value"] for it in properties["Dimensions"]}
        by_role.setdefault(dimensions["Role"], set()).add(properties["MetricName"])
        assert dimensions["DBClusterIdentifier"] == {"Ref": "ClusterIdentifier"}
    expected = {"CPUUtilization", "DatabaseConnections", "DCUUtilization", "LowMemNumOperationsThrottled"}
    assert by_role == {"WRITER": expected, "READER": expected}
    for capacity, row in transformed.root["Mappings"]["Concurrency"].items():
        alarm = alarms["ConnectionsWRITER"]["Properties"]["Threshold"]
        parameters = {"DatabaseMinCapacity": capacity}
        assert transformed.evaluate("infra/database-alarms.yaml", alarm, parameters) == row["Alarm"]


def test_security_and_quotas_have_alarms(transformed: Transformed) -> None:
    alarms = alarms_of(transformed, "infra/observability.yaml")
    assert {"Rotation", "Unauthorized", "ClaimedConcurrency"} <= alarms.keys()
    assert alarms["Rotation"]["Properties"]["MetricName"] == "Errors"
    assert "rotate-secret" in str(alarms["Rotation"]["Properties"]["Dimensions"])
    assert metrics_of(alarms["ClaimedConcurrency"])[0]["MetricName"] == "ClaimedAccountConcurrency"
    [(_, counts)] = resources_of(transformed.templates["infra/observability.yaml"], "AWS::Logs::MetricFilter")
    assert counts["Properties"]["FilterPattern"] == '{ $.status = "401" }'
    [transformation] = counts["Properties"]["MetricTransformations"]
    assert transformation["MetricName"] == alarms["Unauthorized"]["Properties"]["MetricName"]


def test_the_silence_of_the_probe_is_an_alarm(transformed: Transformed) -> None:
    [alarm] = alarms_of(transformed, "infra/probe.yaml").values()
    assert alarm["Properties"]["TreatMissingData"] == "breaching"
    [(logical_id, canary)] = resources_of(
        transformed.templates["infra/probe.yaml"], "AWS::Synthetics::Canary"
    )
    assert alarm["Properties"]["Dimensions"] == [{"Name": "CanaryName", "Value": {"Ref": logical_id}}]
    assert "/ready" in str(canary["Properties"]["Code"]["Script"])
    assert "VPCConfig" not in canary["Properties"]


def test_every_alarm_reaches_the_topic_of_the_email_address(transformed: Transformed) -> None:
    topic = {"Fn::If": ["HasAlarmEmail", {"Fn::GetAtt": ["Notifications", "Outputs.TopicArn"]}, ""]}
    templates = {name for name, _, _ in transformed.resources(ALARM)}
    assert len(templates) == 5
    for name in templates:
        assert transformed.arguments(name)["AlarmTopicArn"] in (
            topic,
            {"Fn::If": ["HasAlarmEmail", {"Fn::GetAtt": "Notifications.Outputs.TopicArn"}, ""]},
        ), name
    notifications = transformed.templates["infra/notifications.yaml"]["Resources"]
    services = {"cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"}
    [publish] = notifications["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    use = notifications["Key"]["Properties"]["KeyPolicy"]["Statement"][1]
    for statement in (publish, use):
        assert set(statement["Principal"]["Service"]) == services
    assert notifications["Topic"]["Properties"]["KmsMasterKeyId"] == {"Ref": "Key"}


def test_costs_are_counted_by_the_tags_of_the_stack(transformed: Transformed) -> None:
    notifications = transformed.templates["infra/notifications.yaml"]["Resources"]
    filters = notifications["Budget"]["Properties"]["Budget"]["FilterExpression"]["And"]
    assert {it["Tags"]["Key"] for it in filters} == {"service", "environment"}
    threshold = notifications["AnomalySubscription"]["Properties"]["ThresholdExpression"]["Fn::Sub"]
    json.loads(threshold.replace("${CostAnomalyUsd}", "50"))
    json.loads(notifications["AnomalyMonitor"]["Properties"]["MonitorSpecification"]["Fn::Sub"])
