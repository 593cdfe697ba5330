"""One cold start, in a process that has nothing but this file and the paths it is given.

    python -I -S -B _cold_start.py '["functions/x", "layer/python", …]' event.json

Prints the processor milliseconds until it was imported and until it had answered, and the answer.
"""

import json
import sys
import time


class Context:
    function_name = "gloss-function"
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:gloss-function"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 10_000


def main() -> None:
    sys.path[:0] = json.loads(sys.argv[1])
    with open(sys.argv[2]) as file:  # noqa: PTH123 - pathlib is what a function may have to load itself
        event = json.load(file)
    begin = time.process_time()
    from handler import handle  # type: ignore[import-not-found]  # noqa: PLC0415 - that is what is measured

    imported = time.process_time()
    answer = handle(event, Context())
    end = time.process_time()
    told = {"import_ms": 1000 * (imported - begin), "ms": 1000 * (end - begin), "answer": answer}
    print(json.dumps(told))


main()
