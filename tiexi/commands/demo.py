"""The command that shows the whole job on a sample."""

from pathlib import Path

import click

from tiexi.demo import job
from tiexi.terminal import chinese
from tiexi.terminal.chinese import OUT


@click.command(cls=chinese.Command)
@click.argument("folder", metavar="[FOLDER]", type=OUT, default="demo")
def demo(folder: Path) -> None:
    """用虚构数据演示全过程：三个年度的报送、试算、审核、附件与解释，写入 FOLDER（默认 demo/）。

    \b
    例：tiexi demo
    """
    job.run(folder)


COMMANDS = (demo,)
