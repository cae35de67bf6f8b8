"""Commands of the local stack. The Makefile calls them.

python -m localstack run
"""

import argparse
import json
import sys
from pathlib import Path

from .command import run_command
from .settings import CHECKOUT, Settings


def _parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localstack", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("run", help="deploy the stack and serve it until Ctrl-C")
    commands.add_parser("reload", help="update the functions whose code has changed")
    invoke = commands.add_parser("invoke", help="invoke a function and print its response")
    invoke.add_argument("function", help="name without the stack's prefix, for example relay")
    invoke.add_argument("event", nargs="?", default="{}", help="a JSON file, or a JSON object")
    logs = commands.add_parser("logs", help="follow the logs of the functions")
    logs.add_argument("function", nargs="?", help="follow this function only")
    commands.add_parser("events", help="follow the events on the bus")
    seed = commands.add_parser("seed", help="put a small catalog into the running API")
    seed.add_argument("tenant", help="tenant of the products, with AUTH=cognito")
    identities = commands.add_parser("identities", help="people, machines and tokens: infra/identities.py")
    identities.add_argument("arguments", nargs=argparse.REMAINDER)
    pay = commands.add_parser("pay", help="pay an order of the running API at its payment provider")
    pay.add_argument("order", help="id of the order")
    pay.add_argument(
        "behaviour", nargs="?", default="", help="behaviour of the provider, for example decline"
    )
    endpoints = commands.add_parser(
        "payment-endpoints", help="endpoints of payment providers: infra/payment_endpoints.py"
    )
    endpoints.add_argument("arguments", nargs=argparse.REMAINDER)
    accounts = commands.add_parser(
        "payment-accounts", help="accounts at payment providers: infra/payment_accounts.py"
    )
    accounts.add_argument("arguments", nargs=argparse.REMAINDER)
    derive = commands.add_parser("derive", help="write the templates, adapted to the emulator")
    derive.add_argument("folder", type=Path)
    derive.add_argument("parameters", nargs="*", help="NAME=VALUE: default of a parameter")
    derive.add_argument("--source", type=Path, default=CHECKOUT, help="folder of the templates for AWS")
    serve = commands.add_parser("serve", help="run the servers until stdin is closed")
    serve.add_argument("--data", type=Path, help="data folder of SecantusDB; default: in memory")
    serve.add_argument("--stack", default="stores", choices=["no-aws", "empty", "stores", "whole"])
    serve.add_argument("--test-commands", action="store_true", help="allow fault injection")
    serve.add_argument("--mongo-login", help="user:password that SecantusDB requires")
    serve.add_argument("--mongo-tls", type=Path, help="folder with ca.pem, cert.pem and key.pem")
    return parser.parse_args()


def _run(args: argparse.Namespace) -> None:
    """Runs a command. Imports its module only, so that `logs` starts without the SAM translator."""
    match args.command:
        case "run":
            from .run import run

            run(Settings.from_env())
        case "reload":
            from .reload import reload

            reload(Settings.from_env())
        case "invoke":
            from .invoke import invoke, read_event

            response = invoke(Settings.from_env(), args.function, read_event(args.event))
            print(json.dumps(response, indent=2, ensure_ascii=False))
        case "logs":
            from . import logs

            logs.follow(Settings.from_env(), args.function)
        case "events":
            from . import events

            events.follow(Settings.from_env())
        case "seed":
            from .seed import seed

            print(seed(Settings.from_env(), args.tenant))
        case "identities":
            from .identities import identities

            print(identities(Settings.from_env(), *args.arguments))
        case "pay":
            from .pay import pay

            print(pay(Settings.from_env(), args.order, args.behaviour))
        case "payment-endpoints":
            from .payment_endpoints import payment_endpoints

            print(payment_endpoints(Settings.from_env(), *args.arguments))
        case "payment-accounts":
            from .payment_accounts import payment_accounts

            print(payment_accounts(Settings.from_env(), *args.arguments))
        case "derive":
            from . import adaptations, artifacts, template

            zips = artifacts.build(template.binaries())
            defaults = dict(pair.partition("=")[::2] for pair in args.parameters)
            folder, source = args.folder.resolve(), args.source.resolve()
            print(adaptations.derive(folder, zips.__getitem__, defaults, source=source))
        case "serve":
            from .serve import Stack, serve
            from .stores import MongoOptions

            mongo = MongoOptions(0, args.data, args.test_commands, args.mongo_login, args.mongo_tls)
            serve(mongo, Stack(args.stack))


if __name__ == "__main__":
    args = _parse_args()
    sys.exit(run_command(args.command, lambda: _run(args)))
