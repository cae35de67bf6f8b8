"""Order of a deployment, tests of new versions, and what rolls a version back."""

from transformed import Transformed

from localstack.template import ROOT, references, resources_of

API_FUNCTIONS = {
    "CreateOrder",
    "ListOrders",
    "GetOrder",
    "PatchOrder",
    "OrderPayments",
    "OrderStatus",
    "ReadProducts",
    "WriteProducts",
    "ReceivePayment",
    "Docs",
    "Health",
    "Fallback",
    "Login",
}


def functions_of_root(transformed: Transformed) -> dict[str, dict[str, object]]:
    return dict(resources_of(transformed.root, "AWS::Lambda::Function"))


def test_every_function_is_created_after_its_log_group(transformed: Transformed) -> None:
    for name, logical_id, function in transformed.resources("AWS::Lambda::Function"):
        needed = function.get("DependsOn", [])
        needed = [needed] if isinstance(needed, str) else needed
        if name in (
            "infra/audit.yaml",
            "infra/identity.yaml",
            "infra/workflow.yaml",
        ):  # its stack refers to an alarm of per-function.yaml
            assert "PerFunction" in set(references(transformed.arguments(name)))
        else:
            expected = "PerFunction" if name == ROOT else "Logs"
            assert expected in needed, logical_id


def test_functions_with_orders_are_changed_after_the_indexes(transformed: Transformed) -> None:
    using = {
        logical_id
        for logical_id, function in functions_of_root(transformed).items()
        if "MONGO_SECRET_ARN" in str(function) and logical_id != "Migrate"
    }
    assert using == {
        "CreateOrder",
        "ListOrders",
        "GetOrder",
        "PatchOrder",
        "OrderPayments",
        "ReceivePayment",
        "RecordPaymentFacts",
        "ProcessOrders",
        "Health",
        "Relay",
        "SweepOrders",
    }
    for logical_id in using:
        assert "Indexes" in transformed.root["Resources"][logical_id]["DependsOn"], logical_id
    assert "Indexes" not in transformed.root["Resources"]["Migrate"]["DependsOn"]


def test_a_hook_tests_each_new_version_before_it_gets_traffic(transformed: Transformed) -> None:
    aliases = dict(resources_of(transformed.root, "AWS::Lambda::Alias"))
    tested = set(references(transformed.arguments("infra/pre-traffic.yaml")["Versions"]))
    for alias in aliases.values():
        function = alias["Properties"]["FunctionName"]["Ref"]
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        hook = update.get("BeforeAllowTrafficHook")
        if function in API_FUNCTIONS:
            assert "PreTraffic" in set(references(hook)), function
            assert alias["Properties"]["FunctionVersion"]["Fn::GetAtt"][0] in tested, function
        else:
            assert hook is None, function
    [hook] = [
        it for _, it in resources_of(transformed.templates["infra/pre-traffic.yaml"], "AWS::Lambda::Function")
    ]
    assert "VpcConfig" not in hook["Properties"]
    assert "CodeDeployHook_" in str(hook["Properties"]["FunctionName"])
    [role] = [it for _, it in resources_of(transformed.templates["infra/pre-traffic.yaml"], "AWS::IAM::Role")]
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert [statement["Action"] for statement in statements] == [
        "lambda:InvokeFunction",
        ["codedeploy:GetDeployment", "codedeploy:PutLifecycleEventHookExecutionStatus"],
    ]
    assert all(statement["Resource"] != "*" for statement in statements)


def test_no_dependency_is_circular(transformed: Transformed) -> None:
    resources = transformed.root["Resources"]

    def needed(logical_id: str) -> set[str]:
        resource = resources[logical_id]
        names = set(references(resource)) | set(
            [resource["DependsOn"]]
            if isinstance(resource.get("DependsOn"), str)
            else resource.get("DependsOn", [])
        )
        return names & resources.keys()

    finished: set[str] = set()

    def visit(logical_id: str, path: tuple[str, ...]) -> None:
        assert logical_id not in path, " -> ".join((*path, logical_id))
        if logical_id not in finished:
            for other in needed(logical_id):
                visit(other, (*path, logical_id))
            finished.add(logical_id)

    for logical_id in resources:
        visit(logical_id, ())
    assert len(finished) > 80


def test_one_failure_in_a_quiet_minute_rolls_back_no_function_of_the_api(transformed: Transformed) -> None:
    template = transformed.templates["infra/per-function.yaml"]
    alarms = [it for key, it in resources_of(template, "AWS::CloudWatch::Alarm") if key.startswith("Errors")]
    assert len(alarms) == 26
    floors = template["Mappings"]["Floors"]
    for alarm in alarms:
        [expression] = [it["Expression"] for it in alarm["Properties"]["Metrics"] if "Expression" in it]
        text, variables = expression["Fn::Sub"]
        assert "invocations >= ${Requests}" in text
        assert ">= ${Failures}" in text
        assert set(variables) == {"Requests", "Failures"}
    background = {
        "relay",
        "sweep-orders",
        "reconcile-stock",
        "announce-catalog",
        "audit",
        "migrate",
        "call-provider",
        "record-payment-facts",
        "process-orders",
        "track-orders",
        "start-workflow",
        "workflow-step",
    }
    for function, floor in floors.items():
        minimum = (1, 1) if function in background else (5, 2)
        assert (floor["Requests"], floor["Failures"]) == minimum, function
        # Anybody can call these, and use up their concurrency for a moment.
        # The state machine retries workflow-step.
        assert floor["ThrottledMinutes"] == (
            5 if function in ("health", "login", "order-status", "receive-payment", "workflow-step") else 1
        ), function
