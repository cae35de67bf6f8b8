"""Requests from outside: CloudFront, access log, network."""

import json

import pytest
import quickjs
from transformed import Transformed

from localstack.template import references, resources_of


def test_cloudfront_sends_the_secret_that_the_functions_expect(transformed: Transformed) -> None:
    edge = transformed.templates["infra/edge.yaml"]["Resources"]
    config = edge["Distribution"]["Properties"]["DistributionConfig"]
    [header] = config["Origins"][0]["OriginCustomHeaders"]
    assert header["HeaderName"] == "X-Origin-Secret"
    assert "{{resolve:secretsmanager:${OriginSecretArn}:" in header["HeaderValue"]["Fn::Sub"]
    secret = transformed.leaves("infra/edge.yaml", {"Ref": "OriginSecretArn"})
    assert ("resource", "infra/origin.yaml/Secret") in secret
    called = {
        reference
        for _, permission in resources_of(transformed.root, "AWS::Lambda::Permission")
        if permission["Properties"]["Principal"] == "apigateway.amazonaws.com"
        for reference in references(permission["Properties"]["FunctionName"])
    }
    aliases = dict(resources_of(transformed.root, "AWS::Lambda::Alias"))
    behind_api = {aliases[alias]["Properties"]["FunctionName"]["Ref"] for alias in called}
    assert len(behind_api) == 13
    for logical_id, function in resources_of(transformed.root, "AWS::Lambda::Function"):
        variables = function["Properties"]["Environment"]["Variables"]
        secret = transformed.leaves("template.yaml", variables.get("ORIGIN_SECRET_ARN"))
        reaches_data = bool(
            {"MONGO_SECRET_ARN", "CATALOG_TABLE", "ORDER_STATUS_TABLE", "USER_POOL_ID"} & set(variables)
        )
        needs_secret = logical_id in behind_api and reaches_data
        assert needs_secret == (("resource", "infra/origin.yaml/Secret") in secret), logical_id
    assert edge["Distribution"]["Properties"]["DistributionConfig"]["Logging"]["Bucket"]


@pytest.mark.parametrize(
    ("web_acl", "enforced", "is_checked"),
    [(False, "false", False), (True, "false", False), (True, "true", True)],
)
def test_the_secret_is_checked_only_after_cloudfront_sends_it(
    transformed: Transformed, web_acl: bool, enforced: str, is_checked: bool
) -> None:
    arn = "arn:aws:wafv2:us-east-1:1:global/webacl/a/b" if web_acl else ""
    parameters = {"WebAclArn": arn, "EnforceCloudFront": enforced}
    outputs = transformed.templates["infra/origin.yaml"]["Outputs"]

    def output(name: str) -> object:
        return transformed.evaluate("infra/origin.yaml", outputs[name]["Value"], parameters)

    assert (output("SentSecretArn") != "") == web_acl
    assert (output("SecretArn") != "") == is_checked
    assert (output("Version") != "direct") == is_checked
    assert (output("PolicyResource") == {"Ref": "Secret"}) == is_checked


def test_the_address_of_the_viewer_replaces_one_that_the_caller_sent(transformed: Transformed) -> None:
    function = transformed.templates["infra/edge.yaml"]["Resources"]["ViewerAddress"]["Properties"]
    event = {
        "viewer": {"ip": "203.0.113.9"},
        "request": {"headers": {"x-viewer-address": {"value": "10.0.0.1"}, "accept": {"value": "*/*"}}},
    }
    script = f"{function['FunctionCode']}\nJSON.stringify(handler({json.dumps(event)}))"
    headers = json.loads(quickjs.Context().eval(script))["headers"]
    assert headers == {"x-viewer-address": {"value": "203.0.113.9"}, "accept": {"value": "*/*"}}


def test_the_access_log_says_who_called(transformed: Transformed) -> None:
    [stage] = [stage for _, stage in resources_of(transformed.root, "AWS::ApiGatewayV2::Stage")]
    line = json.loads(stage["Properties"]["AccessLogSettings"]["Format"])
    assert (
        line.items()
        >= {
            "subject": "$context.authorizer.claims.sub",
            "client": "$context.authorizer.claims.client_id",
            "user_agent": "$context.identity.userAgent",
            "protocol": "$context.protocol",
            "error": "$context.error.message",
        }.items()
    )


def test_endpoints_allow_the_actions_of_the_functions_only(transformed: Transformed) -> None:
    # The rotation function of Secrets Manager.
    rotation = {
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetRandomPassword",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    }
    used = rotation.copy()
    for name in ("template.yaml", "infra/audit.yaml", "infra/identity.yaml", "infra/workflow.yaml"):
        for role_id, role in resources_of(transformed.templates[name], "AWS::IAM::Role"):
            if role_id == "StateMachineRole":
                continue  # Step Functions runs outside of the network.
            for policy in role["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    actions = statement["Action"]
                    used |= {actions} if isinstance(actions, str) else set(actions)
    allowed = set()
    for _, endpoint in resources_of(transformed.templates["infra/network.yaml"], "AWS::EC2::VPCEndpoint"):
        for statement in endpoint["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            allowed |= {actions} if isinstance(actions, str) else set(actions)
    # The response of migrate to CloudFormation.
    # Scheduler, the login and start-workflow are outside of the network.
    outside = {"lambda:InvokeFunction", "cognito-idp:AdminInitiateAuth", "states:StartExecution"}
    assert allowed == used - outside | {"s3:PutObject"}


def test_tracing_is_off_by_default(transformed: Transformed) -> None:
    for name, logical_id, function in transformed.resources("AWS::Lambda::Function"):
        mode = function["Properties"].get("TracingConfig", {}).get("Mode")
        if name == "infra/pre-traffic.yaml":
            assert mode is None
            continue
        assert transformed.evaluate(name, mode, {}) == "PassThrough", logical_id
        assert transformed.evaluate(name, mode, {"Tracing": "xray"}) == "Active", logical_id
