"""Puts the emulator's copy of template.yaml onto MiniStack."""

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
from .adaptations import ADAPTATIONS, INVOKERS, derive
from .errors import LocalStackError
from .settings import CHECKOUT, REGION, STACK
from .stores import MONGO_PASSWORD, MONGO_USER, aws
from .template import ROOT, binaries, resources_of, templates

SAM = CHECKOUT / ".tools/sam/bin/sam"
DATABASE_SECRET = f"{STACK}-database"
# What was deployed last: parameters, templates, and the zip of each function.
DEPLOYED = "deployed.json"
PATIENCE = {"Delay": 1, "MaxAttempts": 60}


def parameters(secret_arn: str) -> dict[str, str]:
    """Parameters of template.yaml that differ here: the database is there already."""
    return {
        "Architecture": "x86_64" if os.uname().machine == "x86_64" else "arm64",
        "ClusterSecretArn": secret_arn,
    }


def put_database_secret(endpoint: str, uri: str) -> str:
    """Writes where the database is and who may log in, as AWS does; returns the secret's ARN."""
    at = urlsplit(uri)
    user, password = unquote(at.username or MONGO_USER), unquote(at.password or MONGO_PASSWORD)
    where = {"host": at.hostname, "port": at.port or 27017, "ssl": "tls=true" in at.query}
    content = json.dumps({"engine": "mongo", "username": user, "password": password, **where})
    secrets = aws("secretsmanager", endpoint)
    try:
        arn: str = secrets.create_secret(Name=DATABASE_SECRET, SecretString=content)["ARN"]
    except secrets.exceptions.ResourceExistsException:
        arn = secrets.put_secret_value(SecretId=DATABASE_SECRET, SecretString=content)["ARN"]
    return arn


def deploy(endpoint: str, given: dict[str, str], folder: Path) -> None:
    """Deploys with the SAM CLI, unless the same is deployed already.

    `folder` keeps what was deployed last.
    """
    root, content = _derived(folder)
    defaults = {name: str(it["Default"]) for name, it in json.loads(root.read_text())["Parameters"].items()}
    # All of them, since one that is not given keeps the value that it had; in quotes, since one may be empty.
    overrides = [f"{name}={json.dumps(value)}" for name, value in (defaults | given).items()]
    deployed = folder / DEPLOYED
    wanted = {"parameters": overrides, **content}
    if deployed.exists() and json.loads(deployed.read_text()) == wanted:
        return
    command = [str(SAM), "deploy", "--config-file", str(CHECKOUT / "samconfig.toml")]
    command += ["--config-env", "dev", "--stack-name", STACK, "--template-file", str(root)]
    ended = subprocess.run(
        [*command, "--no-progressbar", "--parameter-overrides", *overrides],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=sam_environment(endpoint),
    )
    if ended.returncode != 0:
        print(ended.stdout, file=sys.stderr)
        raise LocalStackError(
            "the deployment failed; the output of the SAM CLI is above, and `make clean-data` starts anew"
        )
    deployed.write_text(json.dumps(wanted))


def redeploy(endpoint: str, folder: Path) -> list[str] | None:
    """Brings what has changed to the running stack of `deploy`, without the SAM CLI and its seconds.

    Returns the functions whose code has changed; None when nothing has. Parameters stay as they are.
    """
    deployed = folder / DEPLOYED
    if not deployed.exists():
        raise LocalStackError("the stack that runs has other data: set DATA_DIR as it was set there")
    before = json.loads(deployed.read_text())
    root, content = _derived(folder)
    if content.items() <= before.items():
        return None
    update(endpoint, STACK, root)
    deployed.write_text(json.dumps(before | content))
    return [binary for binary, code in content["code"].items() if before["code"].get(binary) != code]


def _derived(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Builds and derives; returns the root template, and what tells it from another."""
    zips = artifacts.build(binaries())
    root = derive(folder / "templates", zips.__getitem__, {})
    text = b"".join((root.parent / name).read_bytes() for name in templates())
    code = {binary: file.name for binary, file in zips.items()}
    return root, {"templates": hashlib.sha256(text).hexdigest(), "code": code}


def require_tools() -> None:
    """Fails with one clear line when what a deployment needs is not installed."""
    artifacts.require_cargo()
    if not SAM.exists():
        raise LocalStackError("the SAM CLI is not installed: run `make .tools/sam/.done`")


def sam_environment(endpoint: str) -> dict[str, str]:
    """The environment in which the SAM CLI speaks to MiniStack and to nothing else."""
    others = {name: it for name, it in os.environ.items() if not name.startswith(("AWS_", "SAM_"))}
    return {
        **others,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
    }


def create_stores(endpoint: str, name: str, secret_arn: str, folder: Path) -> dict[str, str]:
    """Creates the stack so that nothing is ever invoked; returns its outputs.

    For tests and benchmarks, which run the functions themselves: here the functions are empty.
    """
    empty = artifacts.empty()
    root = derive(folder, lambda _: empty, parameters(secret_arn), (*ADAPTATIONS, *INVOKERS))
    create(endpoint, name, root)
    return outputs(endpoint, name)


def create(endpoint: str, name: str, root: Path) -> None:
    """Creates a stack from the emulator's copy, in a fraction of the time of the SAM CLI."""
    cloudformation = aws("cloudformation", endpoint)
    cloudformation.create_stack(StackName=name, **_packaged(endpoint, name, root))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=PATIENCE)


def update(endpoint: str, name: str, root: Path) -> None:
    """Updates a stack from the emulator's copy; parameters keep their values."""
    cloudformation = aws("cloudformation", endpoint)
    given = cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Parameters", [])
    previous = [{"ParameterKey": it["ParameterKey"], "UsePreviousValue": True} for it in given]
    cloudformation.update_stack(StackName=name, Parameters=previous, **_packaged(endpoint, name, root))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=PATIENCE)


def _packaged(endpoint: str, name: str, root: Path) -> dict[str, Any]:
    """Uploads templates and code to a bucket of the stack's; returns what CloudFormation asks for."""
    s3, bucket = aws("s3", endpoint), f"{name}-templates"
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
    """The outputs of a stack that is up."""
    try:
        described = aws("cloudformation", endpoint).describe_stacks(StackName=name)
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(
            f"no stack {name} on {endpoint}: start `make run` first, or set AWS_PORT as it was set there"
        ) from error
    stack: dict[str, Any] = described["Stacks"][0]
    return {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
