"""The option that names a programme, for commands that speak of one year's approved run of it."""

import click

from ledger.programmes import PROGRAMMES
from tiexi.terminal import chinese

_NAMES = [PROGRAMMES.usual.name, *(programme.name for programme in PROGRAMMES.values() if not programme.usual)]
PROGRAMME_OPTION = click.option(
    "--programme", type=chinese.words(_NAMES, "项目"), default=_NAMES[0], metavar="项目",
    help=f"{_NAMES[0]}（默认）或{'、'.join(_NAMES[1:])}",
)  # fmt: skip
