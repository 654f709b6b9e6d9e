"""The commands that back the embedded database and the files beside it up, and put a backup back."""

from pathlib import Path

import click

from ledger.database import backup as copying
from ledger.database import db, store_backup
from ledger.database.backup import Copied
from ledger.database.store_backup import Brought
from ledger.store import Store
from tiexi.terminal import options, printing
from tiexi.terminal.chinese import FILE, OUT
from tiexi.terminal.options import JSON_OPTION


@click.command(cls=options.KeepersCommand)
@click.argument("out", metavar="OUT.db", type=OUT)
@click.option("--force", is_flag=True, help="覆盖同名文件")
@click.option(
    "--store",
    "folder",
    metavar="FOLDER",
    type=OUT,
    help="把备份中登记的报送文件和资料从文件库（portal.store）一并复制到 FOLDER；已在其中的不再复制",
)
@JSON_OPTION
@click.pass_context
def backup(context: click.Context, out: Path, force: bool, folder: Path | None, as_json: bool) -> None:
    """备份数据库到 OUT.db：其他人可以照常使用，得到的是开始备份那一刻的内容。写完即逐页检查，并与数据库逐表核对行数。

    只用于数据库文件；PostgreSQL 用 pg_dump，见 docs/服务器.md。密钥文件（portal.key）另行保管。

    \b
    例：tiexi backup 备份/贴息-20240131.db
        tiexi backup 备份/贴息-20240131.db --store 备份/文件库
    """
    with printing.progress("正在备份 …"):
        made = copying.backup(options.engine(context), out, force)
        files = store_backup.back_up(out, _store(context), folder) if folder else None
    if as_json:
        printing.print_json({**made.as_dict(), "store": files.as_dict() if files else None})
        return
    printing.say(f"已备份到 {out}，逐页检查无误，各表行数与数据库相符：{_described(made)}")
    printing.say(f"SHA-256 {made.sha256}")
    if files:
        _say_files(files)
    elif left := len(store_backup.named(out)):
        printing.say(f"提示：文件库中的 {left} 个报送文件和资料没有一并备份；要备份请加 --store 文件夹")


@click.command(cls=options.ChangingCommand)
@click.argument("file", metavar="BACKUP", type=FILE)
@click.option("--force", is_flag=True, help="替换已有内容的数据库；原来的内容另存在它旁边")
@click.option(
    "--store",
    "folder",
    metavar="FOLDER",
    type=OUT,
    help="先把备份中登记的报送文件和资料从 FOLDER 复制回文件库（portal.store）；缺任何一个则不恢复",
)
@JSON_OPTION
@click.pass_context
def restore(context: click.Context, file: Path, force: bool, folder: Path | None, as_json: bool) -> None:
    """从备份恢复数据库：先检查备份，再整个换上，中途出错则保持原样。正有其他程序使用数据库时拒绝。

    恢复后请用 tiexi audit --head 核对纸面上留存的封存摘要，看备份是否够新；文件库用 tiexi audit --papers 核对。PostgreSQL 用 pg_restore，见 docs/服务器.md。

    \b
    例：tiexi restore 备份/贴息-20240131.db
        tiexi restore 备份/贴息-20240131.db --store 备份/文件库 --force
    """
    from ledger.seals import chain  # here and not above: it loads every sheet

    engine = options.engine(context)
    with printing.progress("正在恢复 …"):
        files = None
        if folder:
            copying.look_at(file)
            files = store_backup.bring_back(file, folder, _store(context))
        made = copying.restore(engine, file, force, chain.keep_waived)
    if as_json:
        printing.print_json({**made.as_dict(), "store": files.as_dict() if files else None})
        return
    if files:
        _say_files(files)
    printing.say(f"已从 {file} 恢复 {db.file_of(engine)}，逐页检查无误，各表行数与备份相符：{_described(made)}")
    if made.kept is not None:
        printing.say(f"原来的内容保留在 {made.kept}")
    if not db.is_newest_revision(made.contents.revision):
        printing.say("备份的结构版本较旧；请接着运行 tiexi init 升级")


def _store(context: click.Context) -> Store:
    return Store(options.settings(context).portal_store)


def _say_files(files: Brought) -> None:
    printing.say(
        f"报送文件和资料 {files.files} 个都在 {files.folder}，其中新复制 {files.copied} 个，{files.bytes} 字节"
    )


def _described(made: Copied) -> str:
    contents = made.contents
    return f"{len(contents.rows)} 张表 {contents.row_count} 行，结构版本 {contents.revision}，{made.bytes} 字节"


COMMANDS = (backup, restore)
