"""Environments of samconfig.toml, for the commands that deploy, compare and remove a stack."""

import os
import shlex
import sys
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

# The value of the parameter with the audiences while it has none: a parameter can't be empty.
NO_AUDIENCE = "none"


class CommandError(Exception):
    """Error with a message for the operator."""


@dataclass(frozen=True)
class Environment:
    """Environment of samconfig.toml, with the parameters that the variable PARAMETERS adds or replaces."""

    config: Path
    name: str
    stack: str
    parameters: dict[str, str]
    tags: dict[str, str]

    def overrides(self, **replaced: str) -> list[str]:
        """Parameters as arguments of the SAM CLI, which replace those of samconfig.toml as a whole.

        The SAM CLI needs quotes around a value that is empty or has spaces.
        """
        return [f"{name}={quoted(value)}" for name, value in (self.parameters | replaced).items()]


def load(config: Path, name: str) -> Environment:
    """Reads an environment of samconfig.toml."""
    try:
        settings = tomllib.loads(config.read_text())[name]["global"]["parameters"]
    except KeyError as error:
        raise CommandError(f"{config} has no environment {name}; set ENV to another one") from error
    parameters = pairs("parameter_overrides", settings["parameter_overrides"])
    parameters |= pairs("PARAMETERS", os.environ.get("PARAMETERS", ""))
    return Environment(config, name, settings["stack_name"], parameters, pairs("tags", settings["tags"]))


def pairs(source: str, text: str) -> dict[str, str]:
    """Parses `Name=value` items, whose values may be quoted as in a shell."""
    try:
        items = shlex.split(text)
    except ValueError as error:
        raise CommandError(f"{source}: {error}") from error
    if malformed := [item for item in items if "=" not in item]:
        raise CommandError(f"{source}: expected Name=value, got {' '.join(malformed)}")
    return dict(item.split("=", 1) for item in items)


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def current_stack(name: str) -> dict[str, Any] | None:
    """Description of a stack, or None if it does not exist."""
    try:
        stack: dict[str, Any] = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if stack["StackStatus"] in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS") else stack


def parameters_of(stack: dict[str, Any] | None) -> dict[str, str]:
    """Values of the parameters of a stack; none if it does not exist."""
    return {pair["ParameterKey"]: pair["ParameterValue"] for pair in (stack or {}).get("Parameters", [])}


def command(name: str, description: str, run: Callable[[Environment, Namespace], None], *flags: str) -> int:
    """Runs a command of the Makefile. Prints an expected error in one line. Returns the exit code."""
    parser = ArgumentParser(description=description)
    parser.add_argument("config", type=Path, help="path of samconfig.toml")
    parser.add_argument("environment", help="environment in samconfig.toml, for example dev")
    for flag in flags:
        parser.add_argument(flag)
    args = parser.parse_args()
    try:
        run(load(args.config, args.environment), args)
    except (CommandError, OSError, BotoCoreError, ClientError, WaiterError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0
