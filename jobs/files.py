"""The portal's store, by the clock: what a crash left in it."""

from jobs.job import LISTED, Context, Outcome
from jobs.notices import CITY, Notice
from jobs.words import lines
from ledger.database import db
from ledger.papers import tidying
from ledger.store import Store


def store_tidied(context: Context) -> Outcome:
    """Half files are removed. Whole files that no row names are told of, each once, and stay: a crash leaves them, but so does
    the restoring of an older backup, and then they are the only evidence of what was sent since."""
    store = Store(context.settings.portal_store)
    if not store.folder.is_dir():
        return Outcome(f"没有文件库 {store.folder}，不必清理", {"removed": 0, "unnamed": 0})
    found = tidying.unnamed(context.engine, store, tidying.DAY)
    removed = tidying.tidy_halves(store).removed
    with db.reading(context.engine) as connection:
        told = context.listed_before(connection)
    news = [sha256 for sha256 in found if sha256 not in told]
    figures = {"removed": len(removed), "unnamed": len(found), LISTED: news}
    summary = f"清除 {len(removed)} 个没有写完的文件；{len(found)} 个文件没有登记"
    return Outcome(
        summary, figures, [Notice("store", CITY, f"文件库中 {len(news)} 个文件没有登记", _words(news))] if news else []
    )


def _words(news: list[str]) -> str:
    return lines(
        f"文件库中以下 {len(news)} 个文件放了一天以上，数据库没有登记：",
        [f"{sha256[:2]}/{sha256}" for sha256 in news],
        "多半是收文件时服务器中断留下的，发送的人没有得到回执，已重新发送。",
        "如果不久前恢复过较旧的备份，它们是备份以后收到的文件，请先查明，不要清除。确认无用的，请系统管理员清理文件库。",
    )
