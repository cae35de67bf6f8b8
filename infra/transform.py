"""Transforms template.yaml as CloudFormation will, and checks what comes of it.

`sam validate --lint` reads the template as it is written. What SAM makes of it
can still be wrong, such as two resources of one name.
"""

import logging
import os
import sys
from pathlib import Path

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"
# What stands in the template's place of code before `sam package` puts it there.
CODE = "s3://bucket/code.zip"


class NoManagedPolicies:
    """The template names none; the translator asks all the same."""

    def load(self) -> dict:
        return {}


def main() -> int:
    logging.disable()  # It complains of features that it does not have.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = yaml_parse(TEMPLATE.read_text())
    template["Globals"]["Function"]["CodeUri"] = CODE
    try:
        transformed = transform(template, {}, NoManagedPolicies())
    except InvalidDocumentException as faults:
        for fault in faults.causes:
            print(f"template.yaml: {fault.message}", file=sys.stderr)
        return 1
    print(f"template.yaml: {len(transformed['Resources'])} resources after the transform")
    return 0


if __name__ == "__main__":
    sys.exit(main())
