"""`make client`, `make remove-client`, `make user`, `make token`: people and machines with Auth=cognito.

The user pool knows who somebody is. A table has the tenant and the scopes of each
person and machine, which a function puts into their tokens.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import secrets
import string
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from environments import NO_AUDIENCE, CommandError, current_stack, load

# Text before the name of a scope in a token, and the identifier of the resource server.
PREFIX = "orders/"
RESOURCE_SERVER = "orders"
# API Gateway quotas: audiences per route; the client of people is one of them.
MAX_AUDIENCES = 50
# As `Tenant` in shared/kernel/src/tenant.rs.
TENANT = re.compile(r"[a-z0-9_-]{1,64}")


def main() -> int:
    args = parse_args()
    try:
        print(args.run(directory_of(args), args))
    except (CommandError, OSError, BotoCoreError, ClientError) as error:
        print(f"{args.command}: {error}", file=sys.stderr)
        return 1
    return 0


def directory_of(args: argparse.Namespace) -> "Directory":
    if args.stack:
        return Directory(args.stack, args.audience)
    environment = load(args.config, args.environment)
    return Directory(environment.stack, environment.parameters["JwtAudience"])


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stack", help="name of the stack; default: the one of the environment")
    parser.add_argument("--audience", help="parameter with the audiences of that stack")
    parser.add_argument("--config", type=Path, default="samconfig.toml")
    parser.add_argument("--environment", default="dev")
    commands = parser.add_subparsers(required=True, dest="command")

    def add(command_name: str, run: Any, **arguments: str) -> None:
        command = commands.add_parser(command_name)
        command.set_defaults(run=run)
        for argument, text in arguments.items():
            command.add_argument(f"--{argument}", default="", help=text)

    access = {"tenant": "tenant", "scopes": "scopes, separated by spaces"}
    add("client", client, **access, id="client to change; default: a new one")
    add("user", user, **access, name="name of the person")
    add("remove-client", remove_client, id="client to remove")
    add("token", token, **access, user="person; default: a machine")
    return parser.parse_args()


@dataclass(frozen=True)
class Directory:
    """User pool, table of identities, and audiences of a stack."""

    stack: str
    audience_parameter: str

    @cached_property
    def outputs(self) -> dict[str, str]:
        stack = current_stack(self.stack)
        if not stack:
            raise CommandError(f"no stack {self.stack}: deploy it first")
        outputs = {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
        if "UserPoolId" not in outputs:
            raise CommandError(
                f"{self.stack} has no identities: deploy it with Auth=cognito (make run AUTH=cognito)"
            )
        return outputs

    @property
    def pool(self) -> str:
        return self.outputs["UserPoolId"]

    @cached_property
    def cognito(self) -> Any:
        return boto3.client("cognito-idp")

    def checked_scopes(self, text: str) -> list[str]:
        """Scopes that the resource server has. Raises for others."""
        server = self.cognito.describe_resource_server(UserPoolId=self.pool, Identifier=RESOURCE_SERVER)
        known = {scope["ScopeName"] for scope in server["ResourceServer"]["Scopes"]}
        scopes = sorted(set(text.split()))
        if unknown := [scope for scope in scopes if scope not in known]:
            raise CommandError(f"unknown scope {unknown[0]!r}: one of {', '.join(sorted(known))}")
        if not scopes:
            raise CommandError(f"SCOPES is missing: one or more of {', '.join(sorted(known))}")
        return scopes

    def put_identity(self, identity: str, tenant: str, scopes: list[str]) -> None:
        item = {"id": {"S": identity}, "tenant": {"S": tenant}, "scopes": {"SS": scopes}}
        boto3.client("dynamodb").put_item(TableName=self.outputs["IdentitiesTableName"], Item=item)

    def delete_identity(self, identity: str) -> None:
        table = self.outputs["IdentitiesTableName"]
        boto3.client("dynamodb").delete_item(TableName=table, Key={"id": {"S": identity}})

    def has_identity(self, identity: str) -> bool:
        table = self.outputs["IdentitiesTableName"]
        found = boto3.client("dynamodb").get_item(
            TableName=table, Key={"id": {"S": identity}}, ConsistentRead=True
        )
        return "Item" in found

    def machines(self) -> list[str]:
        """Ids of the clients with an identity: the audiences beside the client of people."""
        pages = self.cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=self.pool)
        clients = [it["ClientId"] for page in pages for it in page["UserPoolClients"]]
        table = self.outputs["IdentitiesTableName"]
        wanted = {table: {"Keys": [{"id": {"S": it}} for it in clients[:100]], "ConsistentRead": True}}
        found = boto3.client("dynamodb").batch_get_item(RequestItems=wanted)["Responses"][table]
        return sorted({it["id"]["S"] for it in found} - {self.outputs["PeopleClientId"]})

    def publish_audiences(self) -> None:
        """Writes the machines into the living authorizer, and into the parameter for later deployments.

        Another command can do the same at the same time, with an older list. So each verifies what
        it has written: whichever writes last has the newest list.
        """
        gateway, api = boto3.client("apigatewayv2"), self.outputs["ApiId"]
        [authorizer] = gateway.get_authorizers(ApiId=api)["Items"]
        machines = None
        while machines != (current := self.machines()):
            machines = current
            boto3.client("ssm").put_parameter(
                Name=self.audience_parameter,
                Type="StringList",
                Value=",".join(machines) or NO_AUDIENCE,
                Overwrite=True,
            )
            gateway.update_authorizer(
                ApiId=api,
                AuthorizerId=authorizer["AuthorizerId"],
                JwtConfiguration={
                    "Issuer": authorizer["JwtConfiguration"]["Issuer"],
                    "Audience": [self.outputs["PeopleClientId"], *machines],
                },
            )

    def create_client(self, name: str, tenant: str, scopes: list[str]) -> dict[str, Any]:
        """Creates a machine. Removes it again if it could not get its identity."""
        if len(self.machines()) + 1 >= MAX_AUDIENCES:
            raise CommandError(
                f"API Gateway accepts {MAX_AUDIENCES} audiences: remove a client (`make remove-client ID=…`)"
            )
        created: dict[str, Any] = self.cognito.create_user_pool_client(
            UserPoolId=self.pool, ClientName=name, GenerateSecret=True, **oauth(scopes)
        )["UserPoolClient"]
        try:
            self.put_identity(created["ClientId"], tenant, scopes)
            self.publish_audiences()
        except (BotoCoreError, ClientError):
            self.delete_identity(created["ClientId"])
            self.cognito.delete_user_pool_client(UserPoolId=self.pool, ClientId=created["ClientId"])
            raise
        return created

    def find_client(self, name: str) -> dict[str, Any] | None:
        pages = self.cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=self.pool)
        for page in pages:
            for it in page["UserPoolClients"]:
                if it["ClientName"] == name:
                    return self.describe_client(it["ClientId"])
        return None

    def describe_client(self, identity: str) -> dict[str, Any]:
        described = self.cognito.describe_user_pool_client(UserPoolId=self.pool, ClientId=identity)
        found: dict[str, Any] = described["UserPoolClient"]
        return found

    def subject(self, name: str) -> str | None:
        """Subject of a person, or None for an unknown one."""
        try:
            found = self.cognito.admin_get_user(UserPoolId=self.pool, Username=name)
        except self.cognito.exceptions.UserNotFoundException:
            return None
        return next(it["Value"] for it in found["UserAttributes"] if it["Name"] == "sub")


def client(directory: Directory, args: argparse.Namespace) -> str:
    """Creates or changes a machine. Returns the id and the secret of a new one."""
    tenant, scopes = checked_tenant(args.tenant), directory.checked_scopes(args.scopes)
    if args.id:
        require_machine(directory, args.id)
        directory.cognito.update_user_pool_client(
            UserPoolId=directory.pool,
            ClientId=args.id,
            ClientName=directory.describe_client(args.id)["ClientName"],
            **oauth(scopes),
        )
        directory.put_identity(args.id, tenant, scopes)
        return f"changed {args.id}: its next token has the new scopes"
    created = directory.create_client(f"{tenant}-{secrets.token_hex(4)}", tenant, scopes)
    return f"id     {created['ClientId']}\nsecret {created['ClientSecret']}"


def remove_client(directory: Directory, args: argparse.Namespace) -> str:
    """Removes a machine. Its tokens are rejected at once."""
    require_machine(directory, args.id)
    directory.delete_identity(args.id)
    directory.cognito.delete_user_pool_client(UserPoolId=directory.pool, ClientId=args.id)
    directory.publish_audiences()
    return f"removed {args.id}"


def require_machine(directory: Directory, identity: str) -> None:
    machines = directory.machines()
    if identity not in machines:
        raise CommandError(f"unknown client {identity!r}: one of {', '.join(machines) or 'none'}")


def user(directory: Directory, args: argparse.Namespace) -> str:
    """Creates or changes a person. Returns the temporary password of a new one."""
    name, tenant = checked_name(args.name), checked_tenant(args.tenant)
    scopes = directory.checked_scopes(args.scopes)
    subject = directory.subject(name)
    if subject:
        directory.put_identity(subject, tenant, scopes)
        return f"changed {name}: the next token has the new scopes"
    password = new_password()
    directory.put_identity(create_user(directory, name, password), tenant, scopes)
    return f"name     {name}\npassword {password} (temporary: the first login asks for a new one)"


def create_user(directory: Directory, name: str, password: str) -> str:
    """Creates a person, and returns the subject. Cognito sends no message."""
    created = directory.cognito.admin_create_user(
        UserPoolId=directory.pool, Username=name, TemporaryPassword=password, MessageAction="SUPPRESS"
    )
    return next(it["Value"] for it in created["User"]["Attributes"] if it["Name"] == "sub")


def token(directory: Directory, args: argparse.Namespace) -> str:
    """Access token of a machine or of a person, who is created if new. For the local stack."""
    if args.user:
        return token_of_person(directory, checked_name(args.user), args.tenant, args.scopes)
    tenant = checked_tenant(args.tenant or "default")
    scopes = directory.checked_scopes(args.scopes or "orders:read orders:write orders:price")
    # One client for each tenant and set of scopes, since there can be only few.
    name = f"token-{tenant}-{hashlib.sha256(' '.join(scopes).encode()).hexdigest()[:8]}"
    machine = directory.find_client(name) or directory.create_client(name, tenant, scopes)
    return token_of_machine(directory, machine["ClientId"], machine["ClientSecret"])


def token_of_machine(directory: Directory, identity: str, secret: str) -> str:
    """Token by client credentials (RFC 6749, section 4.4)."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        region, domain = boto3.session.Session().region_name, directory.outputs["LoginDomain"]
        endpoint = f"https://{domain}.auth.{region}.amazoncognito.com"
    login = base64.b64encode(f"{identity}:{urllib.parse.quote(secret, safe='')}".encode()).decode()
    request = urllib.request.Request(
        f"{endpoint}/oauth2/token",
        data=b"grant_type=client_credentials",
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as response:
            return str(json.load(response)["access_token"])
    except urllib.error.HTTPError as error:
        raise CommandError(f"no token: {error} {error.read().decode()}") from error


def token_of_person(directory: Directory, name: str, tenant: str, scopes: str) -> str:
    """Token by a new password. Changes tenant and scopes only if they are given."""
    subject = directory.subject(name) or create_user(directory, name, new_password())
    if tenant or scopes or not directory.has_identity(subject):
        granted = directory.checked_scopes(scopes or "orders:own orders:price")
        directory.put_identity(subject, checked_tenant(tenant or "default"), granted)
    password = new_password()
    directory.cognito.admin_set_user_password(
        UserPoolId=directory.pool, Username=name, Password=password, Permanent=True
    )
    login = directory.cognito.admin_initiate_auth(
        UserPoolId=directory.pool,
        ClientId=directory.outputs["PeopleClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return str(login["AuthenticationResult"]["AccessToken"])


def oauth(scopes: list[str]) -> dict[str, Any]:
    """Settings of a client that gets its tokens by client credentials."""
    return {
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": [PREFIX + scope for scope in scopes],
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],  # no login of people
    }


def checked_tenant(text: str) -> str:
    if not TENANT.fullmatch(text):
        raise CommandError(f"TENANT must have 1 to 64 characters of a-z, 0-9, - and _, is {text!r}")
    return text


def checked_name(text: str) -> str:
    if not 1 <= len(text) <= 128 or not text.isprintable() or re.search(r"\s", text):
        raise CommandError(f"the name must have 1 to 128 characters without white space, is {text!r}")
    return text


def new_password() -> str:
    """Random password that satisfies the policy of the pool."""
    letters = string.ascii_letters + string.digits
    return "Aa1" + "".join(secrets.choice(letters) for _ in range(21))


if __name__ == "__main__":
    sys.exit(main())
