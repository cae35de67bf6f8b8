"""Scans the templates with checkov, and compares the findings with the accepted ones in checkov.toml."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def main() -> int:
    templates = [
        "template.yaml",
        *sorted(str(path.relative_to(CHECKOUT)) for path in CHECKOUT.glob("infra/*.yaml")),
    ]
    command = ["checkov", "--quiet", "--compact", "--framework", "cloudformation", "--skip-download"]
    result = subprocess.run(
        [*command, "--output", "json", "--soft-fail", "--file", *templates],
        cwd=CHECKOUT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        # One check crashes on a parameter, and would print its stack.
        env={**os.environ, "LOG_LEVEL": "CRITICAL"},
    )
    report = json.loads(result.stdout)
    found = {
        (check["check_id"], f"{check['file_path'].lstrip('/')} {check['resource'].rsplit('.', 1)[-1]}")
        for check in report["results"]["failed_checks"]
    }
    baseline = tomllib.loads((CHECKOUT / "infra/checkov.toml").read_text())
    accepted = {(check, resource) for check, entry in baseline.items() for resource in entry["resources"]}
    for check, resource in sorted(found - accepted):
        print(f"checkov: {check} {resource}: correct it, or accept it in infra/checkov.toml with the reason")
    for check, resource in sorted(accepted - found):
        print(f"checkov: {check} {resource}: no longer reported, remove it from infra/checkov.toml")
    if report["summary"]["parsing_errors"]:
        print(f"checkov: {report['results']['parsing_errors']} could not be parsed")
        return 1
    passed, resources = report["summary"]["passed"], report["summary"]["resource_count"]
    print(f"checkov: {resources} resources, {passed} checks passed, {len(found)} findings")
    return 0 if found == accepted else 1


if __name__ == "__main__":
    sys.exit(main())
