"""Removal of every stack, a DocumentDB cluster included, on the emulator: what stays, and what is listed.

The emulator ignores deletion policies when it removes a nested stack with its parent, so
the test removes the nested stacks first, one by one.
"""

from pathlib import Path

import pytest
import remove

from localstack import artifacts
from localstack.adaptations import ADAPTATIONS, TRIGGER_REMOVALS, derive, without_type
from localstack.deployment import AUDIENCE, create, create_audience
from localstack.stores import aws_client

STACK = "orders-test"
ROTATION = without_type("AWS::SecretsManager::RotationSchedule", "no rotation")

# What stays of a protected stack, by nested stack.
OF_PROTECTED = {
    "Audit": {"AuditTable"},
    "Database": {
        *(
            "Cluster",
            "FirstInstance",
            "SecondInstance",
            "Secret",
            "SecretAttachment",
            "SubnetGroup",
            "SecurityGroup",
        ),
        *("ParameterGroup", "AuditLogs", "ProfilerLogs", "RotationLogs", "Key"),
    },
    "Identity": {"UserPool", "IdentitiesTable"},
    "Network": {
        *("Vpc", "SubnetA", "SubnetB", "Routes", "SubnetARoutes", "SubnetBRoutes"),
        *("FunctionsSecurityGroup", "FlowLogs"),
    },
    "Observability": {"CanaryLogs"},
    "PerFunction": {
        *(
            "Logsannouncecatalog",
            "Logsaudit",
            "Logscallprovider",
            "Logscreateorder",
            "Logsdocs",
            "Logsfallback",
            "Logsgetorder",
            "Logshealth",
        ),
        *(
            "Logslistorders",
            "Logslogin",
            "Logsmigrate",
            "Logsorderpayments",
            "Logsorderstatus",
            "Logspatchorder",
            "Logsprocessorders",
            "Logsreceivepayment",
            "Logsrelay",
            "Logstokenclaims",
            "Logstrackorders",
        ),
        *(
            "Logsreadproducts",
            "Logsreconcilestock",
            "Logsrecordpaymentfacts",
            "Logsstartworkflow",
            "Logssweeporders",
            "Logsworkflowstep",
            "Logswriteproducts",
        ),
    },
    "PreTraffic": {"Logs"},
}


def skipped(cloudformation: object, stack: str) -> set[str]:
    """Logical ids of the resources that stayed when a stack was removed."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return {
        event["LogicalResourceId"]
        for event in events
        if event["ResourceStatus"] == "DELETE_SKIPPED" and event["ResourceType"] != "AWS::Lambda::Version"
    }


@pytest.mark.parametrize("protected", ["true", "false"])
def test_data_logs_and_database_outlive_a_protected_stack_only(
    endpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], protected: str
) -> None:
    empty, adaptations = (artifacts.empty_zip(), (*ADAPTATIONS, *TRIGGER_REMOVALS, ROTATION))
    create_audience(endpoint)
    given = {"Protected": protected, "JwtAudience": AUDIENCE}
    create(endpoint, STACK, derive(tmp_path, lambda _: empty, given, adaptations))
    cloudformation = aws_client("cloudformation", endpoint)
    nested = remove.nested_stacks(cloudformation, STACK)
    assert len(nested) == 10

    def delete(stack: str) -> None:
        cloudformation.delete_stack(StackName=stack)
        waiter = cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    stays = {}
    # Those that use others come first.
    for stack in sorted(nested, key=lambda arn: "-Network-" in arn):
        delete(stack)
        if remaining := skipped(cloudformation, stack):
            stays[stack.split("/")[1].split("-")[2]] = remaining
    assert stays == (OF_PROTECTED if protected == "true" else {"Database": {"Key"}})

    root = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackId"]
    delete(root)
    of_root = {"ApiLogs", "CatalogTable", "IdempotencyTable"} if protected == "true" else set()
    assert skipped(cloudformation, root) == of_root
    tables = aws_client("dynamodb", endpoint).list_tables()["TableNames"]
    assert len(tables) == (4 if protected == "true" else 0)

    remove.print_resources(cloudformation, [root, *nested], "DELETE_SKIPPED", "stays")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == sum(map(len, stays.values())) + len(of_root)
    assert any(line.startswith("stays: AWS::DocDB::DBCluster orders-test") for line in lines) == (
        protected == "true"
    )
