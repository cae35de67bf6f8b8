"""SecantusDB on one port, stopped by SIGTERM.

    python -m localstack.mongo PORT [--data FOLDER] [--test-commands] [--login USER:PASSWORD] [--tls FOLDER]

SecantusDB's own command handles SIGTERM in a Python signal handler. If the signal
arrives just before the main thread blocks, CPython runs the handler only when the
thread wakes up, which it never does. This command waits for the signal itself.
"""

import argparse
import signal
from pathlib import Path
from typing import Any

from pymongo import MongoClient


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int, help="port of the database; 0 chooses a free one")
    parser.add_argument("--data", type=Path, help="folder of the data; default: in memory")
    parser.add_argument("--test-commands", action="store_true", help="accept configureFailPoint")
    parser.add_argument("--login", metavar="USER:PASSWORD", help="the only user; default: none")
    parser.add_argument("--tls", type=Path, help="folder with ca.pem, cert.pem and key.pem; default: no TLS")
    args = parser.parse_args()
    if args.login and args.data:
        parser.error("--login is for a database in memory: a stored one has its users already")

    # Threads inherit the mask: block the signal before the first one starts.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    from secantus import SecantusDBServer

    server = SecantusDBServer(
        port=args.port,
        storage_path=str(args.data or ":memory:"),
        enable_test_commands=args.test_commands,
        tls_cert_file=str(args.tls / "cert.pem") if args.tls else None,
        tls_key_file=str(args.tls / "key.pem") if args.tls else None,
    )
    server.start()
    port = server.port
    if args.login:
        user, _, password = args.login.partition(":")
        # SecantusDB accepts its first user only while it requires no login.
        create_user(uri(port, args.tls), user, password)
        server.require_auth = True
    print(f"listening on 127.0.0.1:{port}", flush=True)
    signal.sigwait({signal.SIGTERM})
    server.stop()


def uri(port: int, tls: Path | None) -> str:
    """Returns the URI of the database, without a login."""
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    return f"{uri}&tls=true&tlsCAFile={tls / 'ca.pem'}" if tls else uri


def create_user(uri: str, user: str, password: str) -> None:
    """Creates a user that may do everything."""
    with MongoClient[dict[str, Any]](uri) as client:
        client.admin.command("createUser", user, pwd=password, roles=["root"])


if __name__ == "__main__":
    main()
