"""测算: a year with other values beside what stands; nothing is written down."""

from collections.abc import Sequence
from typing import Any

from ledger.programmes import PROGRAMMES
from ledger.runs import simulation
from reports.programmes import REPORTS
from tiexi.portal.api import simulate as api
from tiexi.portal.api.simulate import Wish
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.page_routes import Shown, filled, page
from tiexi.portal.problems import bad

# what the words for a command line are on a page
_WORDS = (("（--set）", ""), ("加 --as-of ", "截止日填 "))


@page("GET", "/simulate", "simulate.run")
def simulating(call: Call, parts: Sequence[Any] | None = None) -> Shown:
    """Which year, with which values; and what came of the last one."""
    programme = PROGRAMMES.usual
    names = programme.assumable.numbers if programme.assumable else ()
    fields = typed(
        call,
        Field("year", "年度", hint="如 2025", short=True),
        Field("as_of", "截止日", "date", hint="不填与审核通过的运行相同，没有则为今天", required=False, short=True),
        Field(
            "set",
            "换用的数值",
            "long",
            hint="一行一个，写作 名称=数值，如 贴息比例=0.8% 或 cap=2000万；名称见下表",
            required=False,
        ),
    )
    return Shown(
        "simulate.html",
        {
            "name": programme.name, "fields": fields, "parts": parts, "usual": simulation.known_names(programme),
            "names": [(one.chinese, one.alias) for one in names],
        },
    )  # fmt: skip


@page("POST", "/simulate", "simulate.run", form=simulating)
def simulate(call: Call) -> Shown:
    """The year with these values, on the same page."""
    form: _Form = filled(call, _Form)
    form.set = _settings(form.set)
    found = api.simulated(call, form)
    words = REPORTS[PROGRAMMES.usual.key].simulated.words(found)
    call.typed = {name: value for name, value in call.form.items() if isinstance(value, str)}
    return simulating(call, [_on_a_page(part) if isinstance(part, str) else part for part in words])


class _Form(Wish):
    """As it is typed: all values in one text."""

    set: Any = ""


def _settings(text: str) -> dict[str, str]:
    """The lines of the form by name."""
    found: dict[str, str] = {}
    for line in filter(None, (one.strip() for one in text.replace("＝", "=").splitlines())):
        name, mark, value = (part.strip() for part in line.partition("="))
        if not (mark and name and value):
            raise bad("set", f"「{line}」不是设定；应写作 名称=数值，如 interest.rate=0.8%", "body")
        if name in found:
            raise bad("set", f"{name} 设定了不止一次", "body")
        found[name] = value
    return found


def _on_a_page(sentence: str) -> str:
    for command, words in _WORDS:
        sentence = sentence.replace(command, words)
    return sentence
