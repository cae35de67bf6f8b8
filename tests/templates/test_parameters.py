"""Combinations of parameters that the template refuses, executed on the emulator."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from localstack import artifacts
from localstack.adaptations import ADAPTATIONS, TRIGGER_REMOVALS, derive
from localstack.deployment import create_audience, package, parameters
from localstack.stores import aws_client

SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:none-000000"
WEB_ACL = "arn:aws:wafv2:us-east-1:000000000000:global/webacl/orders/1"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
EMAIL = "ops@example.com"

REFUSED = [
    ({"Environment": "prod", "AlarmEmail": EMAIL, "Auth": "none"}, "prod requires Auth cognito or issuer."),
    ({"Environment": "prod"}, "prod requires AlarmEmail."),
    ({"Auth": "issuer"}, "Auth issuer requires JwtIssuer."),
    ({"JwtIssuer": "https://id.example"}, "JwtIssuer requires Auth issuer."),
    ({"Auth": "none", "JwtIssuer": "https://id.example"}, "JwtIssuer requires Auth issuer."),
    ({"ScopePrefix": "shop/"}, "Auth cognito requires ScopePrefix orders/."),
    ({"Auth": "issuer", "JwtIssuer": "https://id.example", "ScopePrefix": "a b"}, "ScopePrefix"),
    ({"JwtAudience": "/none"}, "/none"),
    ({"RateLimitPerMinute": "-1"}, "RateLimitPerMinute"),
    ({"MachineRateLimitPerMinute": "-1"}, "MachineRateLimitPerMinute"),
    ({"VpcId": "vpc-1"}, "VpcId requires SubnetIds."),
    ({"SubnetIds": "subnet-1,subnet-2"}, "SubnetIds requires VpcId."),
    ({"DomainName": "a.example", "WebAclArn": WEB_ACL}, "DomainName requires CertificateArn."),
    ({"DomainName": "a.example", "CertificateArn": CERTIFICATE}, "DomainName requires WebAclArn."),
    ({"CertificateArn": CERTIFICATE, "WebAclArn": WEB_ACL}, "CertificateArn requires DomainName."),
    ({"EnforceCloudFront": "true"}, "EnforceCloudFront requires WebAclArn."),
    ({"ClusterSecretArn": f"{SECRET}-{'s' * 50}"}, "ClusterSecretArn"),
    ({"MonthlyBudgetUsd": "500"}, "MonthlyBudgetUsd and CostAnomalyUsd require AlarmEmail."),
    ({"CostAnomalyUsd": "50"}, "MonthlyBudgetUsd and CostAnomalyUsd require AlarmEmail."),
    ({"LogRetentionDays": "31"}, "LogRetentionDays"),
    ({"BackupRetentionDays": "36"}, "BackupRetentionDays"),
    ({"DatabaseMaxCapacity": "0"}, "DatabaseMaxCapacity"),
    ({"VpcId": "vpc-1", "SubnetIds": "subnet-1"}, "SubnetIds"),
    ({"WebAclArn": "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/a/b"}, "WebAclArn"),
    ({"DeploymentType": "Canary"}, "DeploymentType"),
    ({"DatabaseMinCapacity": "3"}, "DatabaseMinCapacity"),
    ({"Environment": "production"}, "Environment"),
    ({"Auth": "basic"}, "Auth"),
    ({"Auth": ""}, "Auth"),
    ({"Auth": "jwt"}, "Auth"),
    ({"Tracing": "Active"}, "Tracing"),
    ({"Protected": "yes"}, "Protected"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root template with empty functions that nothing invokes."""
    empty, adaptations = artifacts.empty_zip(), (*ADAPTATIONS, *TRIGGER_REMOVALS)
    folder = tmp_path_factory.mktemp("templates")
    return derive(folder, lambda _: empty, parameters(SECRET), adaptations)


@pytest.mark.parametrize(("given", "reason"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_trap_is_refused_before_anything_is_created(
    endpoint: str, root: Path, given: dict[str, str], reason: str
) -> None:
    create_audience(endpoint)
    pairs = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    cloudformation = aws_client("cloudformation", endpoint)
    with pytest.raises(ClientError) as refused:
        cloudformation.create_stack(
            StackName="orders-test", Parameters=pairs, **package(endpoint, "orders-test", root)
        )
    assert reason in str(refused.value)
    assert cloudformation.list_stacks()["StackSummaries"] == []
