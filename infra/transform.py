"""Transforms the templates with functions as CloudFormation will, and checks what comes of them.

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

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ("template.yaml", "infra/audit.yaml")
# What stands in the template's place of code before `sam package` puts it there.
CODE = "s3://bucket/code.zip"


class NoManagedPolicies:
    """The template names none; the translator asks all the same."""

    def load(self) -> dict:
        return {}


def is_sound(file: str) -> bool:
    template = yaml_parse((ROOT / file).read_text())
    template["Globals"]["Function"]["CodeUri"] = CODE
    try:
        transformed = transform(template, {}, NoManagedPolicies())
    except InvalidDocumentException as faults:
        for fault in faults.causes:
            print(f"{file}: {fault.message}", file=sys.stderr)
        return False
    print(f"{file}: {len(transformed['Resources'])} resources after the transform")
    return True


def main() -> int:
    logging.disable()  # It complains of features that it does not have.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    sound = [is_sound(file) for file in TEMPLATES]
    return 0 if all(sound) else 1


if __name__ == "__main__":
    sys.exit(main())
