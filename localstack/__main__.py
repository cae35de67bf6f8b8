"""The commands of the local stack; the Makefile calls them.

    python -m localstack run
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from .errors import LocalStackError
from .settings import Settings
from .signals import Stopped, stop_on_signals


def main() -> int:
    given = _arguments()
    # A proxy that the shell is set up for must not get what is meant for this machine.
    for variable in ("NO_PROXY", "no_proxy"):
        others = os.environ.get(variable)
        os.environ[variable] = ",".join(filter(None, [others, "127.0.0.1", "localhost"]))
    stop_on_signals()
    try:
        given.command(given)
    except Stopped:
        return 0
    except (LocalStackError, BotoCoreError, ClientError) as error:
        print(f"{given.name}: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localstack", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, dest="name")

    def add(name: str, text: str, command: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text)
        added.set_defaults(command=command)
        return added

    add("run", "start everything", _run)
    add("reload", "update the functions whose code has changed", _reload)
    invoked = add("invoke", "invoke a function", _invoke)
    invoked.add_argument("function", help="for example relay")
    invoked.add_argument("event", nargs="?", default="{}", help="a file, or JSON")
    add("logs", "follow the log lines", _logs).add_argument("function", nargs="?")
    add("events", "follow the events", _events)
    add("demo", "take a tour of the API", _demo)
    derived = add("derive", "write the emulator's copy of the templates", _derive)
    derived.add_argument("folder", type=Path)
    derived.add_argument("parameters", nargs="*", help="NAME=VALUE: defaults in the copy")
    served = add("serve", "run the stores until stdin closes", _serve)
    served.add_argument("--data", type=Path, help="folder of SecantusDB; without it, in memory")
    served.add_argument("--stack", default="stores", choices=["no-aws", "empty", "stores", "whole"])
    served.add_argument("--test-commands", action="store_true", help="allow fault injection")
    served.add_argument("--mongo-login", help="user:password that SecantusDB demands")
    served.add_argument("--mongo-tls", type=Path, help="folder of ca.pem, cert.pem and key.pem")
    return parser.parse_args()


# Each imports what it needs: `logs` starts without the SAM translator.


def _run(_: argparse.Namespace) -> None:
    from .run import run

    run(Settings.from_environment())


def _reload(_: argparse.Namespace) -> None:
    from .reload import reload

    reload(Settings.from_environment())


def _invoke(given: argparse.Namespace) -> None:
    from .invoke import invoke, read_event

    answer = invoke(Settings.from_environment(), given.function, read_event(given.event))
    print(json.dumps(answer, indent=2, ensure_ascii=False))


def _logs(given: argparse.Namespace) -> None:
    from .logs import follow

    follow(Settings.from_environment(), given.function)


def _events(_: argparse.Namespace) -> None:
    from .events import follow

    follow(Settings.from_environment())


def _demo(_: argparse.Namespace) -> None:
    from .demo import demo

    demo(Settings.from_environment())


def _derive(given: argparse.Namespace) -> None:
    from . import artifacts
    from .adaptations import derive
    from .template import binaries

    parameters = dict(it.partition("=")[::2] for it in given.parameters)
    zips = artifacts.build(binaries())
    print(derive(given.folder.resolve(), zips.__getitem__, parameters))


def _serve(given: argparse.Namespace) -> None:
    from .serve import Stack, serve
    from .stores import Mongo

    mongo = Mongo(0, given.data, given.test_commands, given.mongo_login, given.mongo_tls)
    serve(mongo, Stack(given.stack))


if __name__ == "__main__":
    sys.exit(main())
