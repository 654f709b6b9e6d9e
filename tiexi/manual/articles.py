"""条款对照: every article of every document with what the code cites it for, and who or what else serves it."""

from collections import defaultdict
from collections.abc import Iterator

from jobs.schedule import SCHEDULE
from ledger.law.articles import articles_of, named_in
from ledger.law.readings import readings_of
from ledger.programmes import PROGRAMMES
from reports.programmes import REPORTS
from tiexi.manual.markdown import table

Cited = dict[str, dict[str, list[str]]]  # by article and kind of citation, what cites it
_KINDS = ("条件", "追缴", "数值", "口径", "命令", "任务")


def articles() -> Iterator[str]:
    """The page."""
    yield "# 条款对照"
    yield ""
    yield (
        "各办法的每一条由什么来落实：程序中引用它的条件、追缴、数值、口径、命令、定时任务，以及另外由哪些表、命令和谁来办。"
        "条件见[条件与代码](条件与代码.md)，命令见[命令](命令.md)，任务见[定时任务](定时任务.md)。"
    )
    yield ""
    for key, programme in PROGRAMMES.items():
        document = programme.document
        found = cited(key)
        yield f"## {document.number}《{document.title}》"
        yield ""
        yield from table(
            ("条款", "内容", "程序中的引用", "落实"),
            ((one.article, one.about, _words(found.get(one.article, {})), one.by) for one in articles_of(key)),
        )


def cited(key: str) -> Cited:
    """What the code cites of a programme's document."""
    programme = PROGRAMMES[key]
    document, contents = programme.document, REPORTS[key]
    found: Cited = defaultdict(lambda: defaultdict(list))

    def note(kind: str, text: str, what: str) -> None:
        for article in named_in(text):
            if what not in found[article][kind]:
                found[article][kind].append(what)

    for condition in programme.conditions:
        note("条件", condition.article, f"`{condition.code}`")
    for ground in contents.grounds:
        note("追缴", ground.article, f"`{ground.code}`")
    for parameter in (*document.parameters.values(), *document.duties.values()):
        note("数值", parameter.article, parameter.meaning.partition("（")[0])
    note("数值", document.life_article, "有效期")
    for reading in readings_of([key]):
        note("口径", reading.article, f"[{reading.title}](解释口径.md#{reading.id})")
    for export in contents.exports:
        note("命令", _without_others(export.help, key), f"`tiexi export {export.name}`")
    note("命令", _without_others(contents.trial.help, key), f"`tiexi {contents.trial.command}`")
    for job in SCHEDULE:
        if document.number in job.article:
            note("任务", job.article, f"`{job.name}`")
    return found


def _without_others(text: str, key: str) -> str:
    """A help text without the articles of other documents that it names by the document."""
    for other, programme in PROGRAMMES.items():
        if other != key:
            for article in named_in(text):
                text = text.replace(f"{programme.name}{article}", "").replace(
                    f"{programme.document.number}{article}", ""
                )
    return text


def _words(by_kind: dict[str, list[str]]) -> str:
    return "；".join(f"{kind}：{'、'.join(by_kind[kind])}" for kind in _KINDS if by_kind.get(kind))
