"""`Protected` decides for every resource with data or logs whether it outlives the stack."""

import pytest
from transformed import Transformed

from localstack.template import Resource

STATEFUL = (
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DocDB::DBInstance",
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Logs::LogGroup",
)
# What a retained cluster needs to run and to be reached.
OF_THE_CLUSTER = {
    "infra/documentdb.yaml": ["SubnetGroup", "SecurityGroup", "ParameterGroup", "Secret", "SecretAttachment"],
    "infra/network.yaml": ["Vpc", "SubnetA", "SubnetB", "FunctionsSecurityGroup"],
}


# Their items matter for some hours at most, or follow from the orders.
WITHOUT_DATA = {"OrderStatusTable", "RateLimitTable", "ScreeningTable"}


def stateful(transformed: Transformed, *types: str) -> list[tuple[str, str, Resource]]:
    """Template, logical id and definition of each resource of these types that has data."""
    return [found for found in transformed.resources(*types) if found[1] not in WITHOUT_DATA]


@pytest.mark.parametrize(("protected", "policy"), [("true", "Retain"), ("false", "Delete")])
def test_data_and_logs_outlive_a_protected_stack_only(
    transformed: Transformed, protected: str, policy: str
) -> None:
    checked = stateful(transformed, *STATEFUL)
    for name, logical_ids in OF_THE_CLUSTER.items():
        resources = transformed.templates[name]["Resources"]
        checked += [(name, logical_id, resources[logical_id]) for logical_id in logical_ids]
    assert len(checked) > 30
    for name, logical_id, resource in checked:
        for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
            found = transformed.evaluate(name, resource.get(attribute), {"Protected": protected})
            assert found == policy, f"{name} {logical_id} {attribute}"


@pytest.mark.parametrize("protected", ["true", "false"])
def test_stores_are_protected_from_deletion_by_the_parameter(
    transformed: Transformed, protected: str
) -> None:
    stores = stateful(transformed, "AWS::DocDB::DBCluster", "AWS::DynamoDB::Table", "AWS::Cognito::UserPool")
    assert len(stores) == 6
    for name, logical_id, store in stores:
        properties = store["Properties"]
        key = "DeletionProtectionEnabled" if "Table" in store["Type"] else "DeletionProtection"
        found = transformed.evaluate(name, properties[key], {"Protected": protected})
        assert found in (protected, "ACTIVE" if protected == "true" else "INACTIVE"), logical_id


def test_the_key_of_the_snapshots_and_buckets_always_stay(transformed: Transformed) -> None:
    # CloudFormation can't delete a bucket with objects.
    always = list(transformed.resources("AWS::S3::Bucket"))
    assert len(always) == 2
    always.append(("", "Key", transformed.templates["infra/documentdb.yaml"]["Resources"]["Key"]))
    for _, logical_id, resource in always:
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain"), (
            logical_id
        )
