"""The command line with one document more: two lines in the registers, and its tables beside the others.

Takes one argument, the command lines to run in turn as JSON, and prints what each ended with and said as JSON.
"""

import contextlib
import io
import json
import sys

from ledger import programmes as judged
from reports import programmes as reported

judged.DOCUMENTS["toy"] = "toy.programme"
reported.DOCUMENTS["toy"] = "toy.contents"

from tiexi import cli  # noqa: E402 (after the document is in the registers)


def run(arguments: list[str]) -> tuple[int, str]:
    if arguments == ["init"]:
        from toy.tables import make

        make()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = cli.run(arguments)
    return code, said.getvalue()


print(json.dumps([run(arguments) for arguments in json.loads(sys.argv[1])]))
