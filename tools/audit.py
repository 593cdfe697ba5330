"""Ask the deployed audit to prove every balance against its journal; exit code 1 where one drifts."""

import json
import sys
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools.local_engine import LocalStackError
from tools.local_stack import FOLDER, LocalStack, chosen_port


def main() -> int:
    """Against the local stack; on AWS the function is invoked by its name (docs/operations.md)."""
    try:
        stack = LocalStack(FOLDER, chosen_port())
        report = audit(stack)
    except (LocalStackError, BotoCoreError, ClientError) as error:
        print(f"gloss: the audit did not run: {error}", file=sys.stderr)
        return 1
    print(f"{report['accounts']} accounts, {report['rows']} rows, {report['drift_count']} drifts")
    for drift in report["drifts"]:
        print(f"  {drift}")
    return 0 if report["clean"] else 1


def audit(stack: LocalStack) -> dict[str, Any]:
    """The report of the deployed function."""
    answer = stack.access.client("lambda").invoke(FunctionName=stack.outputs["LedgerAudit"])
    report: dict[str, Any] = json.loads(answer["Payload"].read())
    if "clean" not in report:
        raise LocalStackError(f"the function broke off: {report.get('errorMessage', report)}")
    return report


if __name__ == "__main__":
    sys.exit(main())
