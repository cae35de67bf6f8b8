"""A changed parameter or output of a nested stack publishes a version of each function that uses it."""

import pytest
from transformed import Leaf, Transformed

from localstack.template import ROOT, Resource, serverless_templates

# Not a part of a version: Lambda applies it to the function. A role and a name never change.
NOT_VERSIONED = ("Code", "FunctionName", "ReservedConcurrentExecutions", "Role", "Tags")
MAX_DESCRIPTION = 256


def versions(transformed: Transformed) -> dict[str, tuple[str, Resource, Resource]]:
    """Template, function and version of each function with an alias, by its logical id."""
    found = {}
    for name, _, alias in transformed.resources("AWS::Lambda::Alias"):
        resources = transformed.templates[name]["Resources"]
        function = alias["Properties"]["FunctionName"]["Ref"]
        version = alias["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
        found[function] = (name, resources[function], resources[version])
    return found


def missing(transformed: Transformed) -> dict[str, set[Leaf]]:
    """Values that each function uses, and that its version does not depend on."""
    found = {}
    for function, (name, definition, version) in versions(transformed).items():
        properties = definition["Properties"]
        used = {key: value for key, value in properties.items() if key not in NOT_VERSIONED}
        # A resource of the same template is replaced only by a change of its text, which SAM sees.
        required = {
            leaf
            for leaf in transformed.leaves(name, used)
            if leaf[0] == "parameter" or not leaf[1].startswith(f"{name}/")
        }
        if name != ROOT:
            required = {leaf for leaf in required if not leaf[1].startswith(f"{ROOT}/")}
        if lacks := required - transformed.leaves(name, version["Properties"].get("Description")):
            found[function] = lacks
    return found


def test_every_version_depends_on_each_value_that_its_function_uses(transformed: Transformed) -> None:
    assert len(versions(transformed)) == 26
    assert missing(transformed) == {}


@pytest.mark.parametrize(
    ("removed", "leaf"),
    [
        (" ${Tracing}", ("parameter", "Tracing")),
        ("${LogLevel} ", ("parameter", "LogLevel")),
        ("${Network.Outputs.Version}", ("resource", "infra/network.yaml/SubnetA")),
        ("${Network.Outputs.Version}", ("parameter", "SubnetIds")),
        ("${Database.Outputs.Version}", ("resource", "infra/documentdb.yaml/Secret")),
        ("${Database.Outputs.Version}", ("parameter", "ClusterSecretArn")),
        ("${Auth} ", ("parameter", "Auth")),
        ("${RateLimitPerMinute} ", ("parameter", "RateLimitPerMinute")),
        ("${OrderDetails} ", ("parameter", "OrderDetails")),
        ("${Origin.Outputs.Version}", ("parameter", "WebAclArn")),
    ],
)
def test_an_omitted_value_is_found(transformed: Transformed, removed: str, leaf: Leaf) -> None:
    changed = transformed.copy()
    _, _, version = versions(changed)["PatchOrder"]
    description = version["Properties"]["Description"]
    assert removed in description["Fn::Sub"]
    description["Fn::Sub"] = description["Fn::Sub"].replace(removed, "")
    assert leaf in missing(changed)["PatchOrder"]


def test_a_change_of_any_property_publishes_a_version() -> None:
    for name, source in serverless_templates().items():
        settings = source["Globals"]["Function"]
        assert settings.get("AutoPublishAliasAllProperties") is ("AutoPublishAlias" in settings or None), name


def test_a_replaced_version_stays_for_a_rollback(transformed: Transformed) -> None:
    for function, (_, _, version) in versions(transformed).items():
        assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain"), function


def test_a_description_is_not_too_long_for_lambda(transformed: Transformed) -> None:
    longest = {
        "LogLevel": "TRACE",
        "Architecture": "x86_64",
        "Tracing": "xray",
        "MongoDb": "d" * 24,
        "IdempotencyTtlSeconds": "31622400",
        "OrderDetails": "off",
        "OrderNumbers": "off",
        "OrderProducts": "off",
        "AsyncOrders": "off",
        "ScreeningReviewOrdersPerHour": "500",
        "ScreeningRejectOrdersPerHour": "500",
        "ScreeningReviewAmount": "a" * 30,
        "ScreeningRejectAmount": "a" * 30,
        "PaymentWindowSeconds": "31536000",
        "WebhookToleranceSeconds": "3600",
        "Capture": "on_fulfilment",
        "Auth": "cognito",
        "ScopePrefix": "p" * 20,
        "RateLimitPerMinute": "100000",
        "MachineRateLimitPerMinute": "100000",
        "Identity.Outputs.UserPoolId": "p" * 55,
        "Identity.Outputs.PeopleClientId": "c" * 26,
        # Three subnets and a security group.
        "Network.Outputs.Version": ",".join(["0123456789abcdef0"] * 3) + " 0123456789abcdef0",
        "NetworkVersion": ",".join(["0123456789abcdef0"] * 3) + " 0123456789abcdef0",
        "PaymentCheckSeconds": "86400",
        "FulfilmentSeconds": "2592000",
        "ReminderSeconds": "2592000",
        # The parameter ClusterSecretArn allows 50 characters.
        "Database.Outputs.Version": "s" * 50,
        "DatabaseVersion": "s" * 50,
        # A name that CloudFormation generates, with the suffix of Secrets Manager.
        "Origin.Outputs.Version": "0123456789ab-abcdef",
    }
    for function, (_, _, version) in versions(transformed).items():
        text = version["Properties"]["Description"]["Fn::Sub"]
        for name, value in longest.items():
            text = text.replace(f"${{{name}}}", value)
        assert "${" not in text, function
        assert len(text) <= MAX_DESCRIPTION, f"{function}: {len(text)}"
