"""The commands of the local stack; the Makefile calls them.

python -m localstack run
"""

import argparse
import json
import sys
from pathlib import Path

from .command import run_command
from .settings import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localstack", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("run", help="start everything")
    commands.add_parser("reload", help="update the functions whose code has changed")
    invoke = commands.add_parser("invoke", help="invoke a function")
    invoke.add_argument("function", help="for example relay")
    invoke.add_argument("event", nargs="?", default="{}", help="a file, or JSON")
    commands.add_parser("logs", help="follow the log lines").add_argument("function", nargs="?")
    commands.add_parser("events", help="follow the events")
    derive = commands.add_parser("derive", help="write the emulator's copy of the templates")
    derive.add_argument("folder", type=Path)
    derive.add_argument("parameters", nargs="*", help="NAME=VALUE: defaults in the copy")
    serve = commands.add_parser("serve", help="run the servers until stdin closes")
    serve.add_argument("--data", type=Path, help="folder of SecantusDB; without it, in memory")
    serve.add_argument("--stack", default="stores", choices=["no-aws", "empty", "stores", "whole"])
    serve.add_argument("--test-commands", action="store_true", help="allow fault injection")
    serve.add_argument("--mongo-login", help="user:password that SecantusDB demands")
    serve.add_argument("--mongo-tls", type=Path, help="folder of ca.pem, cert.pem and key.pem")
    return parser.parse_args()


def _do(given: argparse.Namespace) -> None:
    """Each command imports what it needs: `logs` starts without the SAM translator."""
    match given.command:
        case "run":
            from .run import run

            run(Settings.from_environment())
        case "reload":
            from .reload import reload

            reload(Settings.from_environment())
        case "invoke":
            from .invoke import invoke, read_event

            answer = invoke(Settings.from_environment(), given.function, read_event(given.event))
            print(json.dumps(answer, indent=2, ensure_ascii=False))
        case "logs":
            from . import logs

            logs.follow(Settings.from_environment(), given.function)
        case "events":
            from . import events

            events.follow(Settings.from_environment())
        case "derive":
            from . import adaptations, artifacts, template

            zips = artifacts.build(template.binaries())
            defaults = dict(it.partition("=")[::2] for it in given.parameters)
            print(adaptations.derive(given.folder.resolve(), zips.__getitem__, defaults))
        case "serve":
            from .serve import Stack, serve
            from .stores import Mongo

            mongo = Mongo(0, given.data, given.test_commands, given.mongo_login, given.mongo_tls)
            serve(mongo, Stack(given.stack))


if __name__ == "__main__":
    given = _arguments()
    sys.exit(run_command(given.command, lambda: _do(given)))
