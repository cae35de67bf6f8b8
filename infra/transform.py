"""Applies the SAM transform to every template that needs it, and reports its errors.

`sam validate --lint` checks a template as it is written. The result of the
transform can still be invalid: two resources may get the same name, for example.
"""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
# The SAM CLI's environment does not contain the package `localstack`.
sys.path.insert(0, str(CHECKOUT))

from localstack.errors import LocalStackError  # noqa: E402
from localstack.template import load, serverless_templates  # noqa: E402

# Stands for the URI that `sam package` inserts.
CODE_URI = "s3://bucket/code.zip"


def main() -> int:
    exit_code = 0
    for name in serverless_templates():
        try:
            template, _ = load(CHECKOUT / name, lambda _: CODE_URI)
        except LocalStackError as error:
            print(error, file=sys.stderr)
            exit_code = 1
        else:
            print(f"{name}: {len(template['Resources'])} resources after the transform")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
