"""Deploys template.yaml, adapted to the emulator, to MiniStack."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from . import artifacts
from .adaptations import ADAPTATIONS, TRIGGER_REMOVALS, derive
from .errors import LocalStackError
from .settings import CHECKOUT, REGION, STACK
from .stores import MONGO_PASSWORD, MONGO_USER, aws_client
from .template import ROOT, binaries, resources_of, templates

SAM = CHECKOUT / ".tools/sam/bin/sam"
DATABASE_SECRET = f"{STACK}-database"
# Parameter with the clients whose tokens the API accepts. `make deploy` creates it on AWS.
AUDIENCE = f"/{STACK}/jwt-audience"
# Record of the last deployment: its parameters, a hash of its templates, and the zip of each function.
DEPLOYED = "deployed.json"
WAITER_CONFIG = {"Delay": 1, "MaxAttempts": 60}


def parameters(secret_arn: str) -> dict[str, str]:
    """Parameters of template.yaml for this machine and for an existing database."""
    architecture = "x86_64" if os.uname().machine == "x86_64" else "arm64"
    return {
        "Architecture": architecture,
        "AsyncOrders": "on",
        "ClusterSecretArn": secret_arn,
        "JwtAudience": AUDIENCE,
    }


def put_database_secret(endpoint: str, uri: str) -> str:
    """Stores address and login of the database in the format of AWS. Returns the secret's ARN."""
    address = urlsplit(uri)
    user, password = unquote(address.username or MONGO_USER), unquote(address.password or MONGO_PASSWORD)
    server = {"host": address.hostname, "port": address.port or 27017, "ssl": "tls=true" in address.query}
    content = json.dumps({"engine": "mongo", "username": user, "password": password, **server})
    secrets = aws_client("secretsmanager", endpoint)
    try:
        arn: str = secrets.create_secret(Name=DATABASE_SECRET, SecretString=content)["ARN"]
    except secrets.exceptions.ResourceExistsException:
        arn = secrets.put_secret_value(SecretId=DATABASE_SECRET, SecretString=content)["ARN"]
    return arn


def create_audience(endpoint: str) -> None:
    """Creates the parameter with the accepted audiences, unless it exists."""
    ssm = aws_client("ssm", endpoint)
    with contextlib.suppress(ssm.exceptions.ParameterAlreadyExists):
        ssm.put_parameter(Name=AUDIENCE, Type="StringList", Value="none")


def deploy(endpoint: str, overrides: dict[str, str], folder: Path) -> None:
    """Deploys with the SAM CLI, unless nothing has changed since the last deployment.

    `folder` contains the record of the last deployment.
    """
    create_audience(endpoint)
    root, content = _build_and_derive(folder)
    declared = json.loads(root.read_text())["Parameters"]
    defaults = {name: str(parameter["Default"]) for name, parameter in declared.items()}
    # An omitted parameter would keep its previous value. The quotes allow an empty value.
    values = [f"{name}={json.dumps(value)}" for name, value in (defaults | overrides).items()]
    record = folder / DEPLOYED
    wanted = {"parameters": values, **content}
    if record.exists() and json.loads(record.read_text()) == wanted:
        return
    command = [str(SAM), "deploy", "--config-file", str(CHECKOUT / "samconfig.toml")]
    command += ["--config-env", "dev", "--stack-name", STACK, "--template-file", str(root)]
    result = subprocess.run(
        [*command, "--no-progressbar", "--parameter-overrides", *values],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=sam_environment(endpoint),
    )
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
        raise LocalStackError("deployment failed: fix the errors above; `make clean-data` resets the stack")
    record.write_text(json.dumps(wanted))


def redeploy(endpoint: str, folder: Path) -> list[str] | None:
    """Updates the running stack of `deploy`, in a fraction of the time that the SAM CLI takes.

    Returns the functions whose code has changed, or None if nothing has. Parameters keep their values.
    """
    record = folder / DEPLOYED
    if not record.exists():
        raise LocalStackError(f"{record} is missing: set DATA_DIR as for `make run`")
    previous = json.loads(record.read_text())
    root, content = _build_and_derive(folder)
    if content.items() <= previous.items():
        return None
    update(endpoint, STACK, root)
    record.write_text(json.dumps(previous | content))
    return [binary for binary, code in content["code"].items() if previous["code"].get(binary) != code]


def _build_and_derive(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Returns the root template, and the content of the deployment for its record."""
    zips = artifacts.build(binaries())
    root = derive(folder / "templates", zips.__getitem__, {})
    text = b"".join((root.parent / name).read_bytes() for name in templates())
    code = {binary: file.name for binary, file in zips.items()}
    return root, {"templates": hashlib.sha256(text).hexdigest(), "code": code}


def require_tools() -> None:
    """Raises an error that names the first missing tool of a deployment."""
    artifacts.require_cargo()
    if not SAM.exists():
        raise LocalStackError("the SAM CLI is not installed: run `make .tools/sam/.done`")


def sam_environment(endpoint: str) -> dict[str, str]:
    """Returns an environment in which the SAM CLI can reach MiniStack only."""
    return {
        **{name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "SAM_"))},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
    }


def create_stores(endpoint: str, name: str, secret_arn: str, folder: Path) -> dict[str, str]:
    """Creates the stack with empty functions that nothing invokes. Returns its outputs.

    For tests and benchmarks, which run the functions themselves.
    """
    create_audience(endpoint)
    empty = artifacts.empty_zip()
    given = parameters(secret_arn) | {"Workflow": "on"}
    root = derive(folder, lambda _: empty, given, (*ADAPTATIONS, *TRIGGER_REMOVALS))
    create(endpoint, name, root)
    return outputs(endpoint, name)


def create(endpoint: str, name: str, root: Path) -> None:
    """Creates a stack from derived templates, in a fraction of the time that the SAM CLI takes."""
    cloudformation = aws_client("cloudformation", endpoint)
    cloudformation.create_stack(StackName=name, **package(endpoint, name, root))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=WAITER_CONFIG)


def update(endpoint: str, name: str, root: Path) -> None:
    """Updates a stack from derived templates. Parameters keep their values."""
    cloudformation = aws_client("cloudformation", endpoint)
    current = cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Parameters", [])
    kept = [{"ParameterKey": pair["ParameterKey"], "UsePreviousValue": True} for pair in current]
    cloudformation.update_stack(StackName=name, Parameters=kept, **package(endpoint, name, root))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=WAITER_CONFIG)


def package(endpoint: str, name: str, root: Path) -> dict[str, Any]:
    """Uploads templates and code to a bucket. Returns the arguments for CloudFormation."""
    s3, bucket = aws_client("s3", endpoint), f"{name}-templates"
    s3.create_bucket(Bucket=bucket)

    def upload(content: bytes) -> str:
        key = hashlib.sha256(content).hexdigest()
        s3.put_object(Bucket=bucket, Key=key, Body=content)
        return key

    def upload_template(file: str) -> str:
        template = json.loads((root.parent / file).read_text())
        for _, function in resources_of(template, "AWS::Lambda::Function"):
            code = Path(function["Properties"]["Code"]).read_bytes()
            function["Properties"]["Code"] = {"S3Bucket": bucket, "S3Key": upload(code)}
        for _, stack in resources_of(template, "AWS::CloudFormation::Stack"):
            stack["Properties"]["TemplateURL"] = upload_template(stack["Properties"]["TemplateURL"])
        return f"{endpoint}/{bucket}/{upload(json.dumps(template).encode())}"

    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    return {"TemplateURL": upload_template(ROOT), "Capabilities": capabilities}


def outputs(endpoint: str, name: str = STACK) -> dict[str, str]:
    """Returns the outputs of a running stack."""
    try:
        stack = aws_client("cloudformation", endpoint).describe_stacks(StackName=name)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(
            f"no stack {name} on {endpoint}: start `make run` first, or set AWS_PORT as for `make run`"
        ) from error
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
