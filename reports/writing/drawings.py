"""Charts as pictures: SVG and PNG, with Chinese labels, told apart without colour by shade, dash, shape and words beside them.

Altair and vl-convert draw them; both come with the extra `tiexi[charts]` and are loaded when a chart is asked for. A float here
stands for a place on paper; what is written beside it is the exact figure as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ledger.errors import EnvironmentFailed
from reports.report import Table
from reports.writing import files

INSTALL = "pip install 'tiexi[charts]'"
FONT = "Noto Serif CJK SC, Noto Sans CJK SC, Source Han Serif SC, SimSun, Songti SC, Microsoft YaHei, PingFang SC, WenQuanYi Micro Hei, serif"
_PAGE_FONT = (
    "Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"  # as its page
)
_WIDTH, _SCALE = 720, 2  # of the drawing area, and pixels of the PNG for each
_NARROW, _LOW = 560, 0.56  # of a whole picture beside others, so that all have letters of one size; of its height
_ASIDE = {"left": 4, "top": 4, "bottom": 4, "right": 40}  # the figure at the longest bar reaches beyond what is fitted
_BAND = 30  # height of one horizontal bar
_ROOM = 0.15  # that a chart of spans leaves below and above them
_SHADES = ("#2f4b66", "#b8c9d9", "#7a93ab", "#e4ebf2")  # as far apart in grey as in colour
_INK, _FAINT = "#222222", "#dddddd"
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
_SHAPES = ("circle", "square", "triangle-up", "diamond")


class Bar(NamedTuple):
    """A bar, or a part of one: what stands beside it, the part's name, how long it is, and the figure as text."""

    name: str
    series: str
    value: float
    text: str


class Point(NamedTuple):
    """A point of a line: where, of which line, how high, and the figure as text ('' for none)."""

    name: str
    series: str
    value: float
    text: str = ""


class Span(NamedTuple):
    """From the least to the greatest of some figures, and their average, at one place."""

    name: str
    low: float
    high: float
    middle: float


@dataclass(frozen=True)
class Picture:
    """A chart: its key in addresses, its file's name without ending, title, the line under it, the table of the rows that it
    draws, what it shows in a sentence for who does not see it, and what gives the chart, once Altair is there.

    front: whether it is among the few that stand on one page together.
    """

    key: str
    name: str
    title: str
    subtitle: str
    table: Table
    said: str
    draw: Callable[[], Any]
    front: bool = False


def library() -> Any:
    """Altair; EnvironmentFailed, with what to install, where it or the converter is missing."""
    try:
        import_module("vl_convert")
        return import_module("altair")
    except ImportError as error:
        raise EnvironmentFailed(f"画图要用的程序库没有安装（缺 {error.name}）；请运行 {INSTALL}") from error


def write(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Writes each picture as SVG and PNG into a folder, each file whole; gives the files."""
    library()
    convert = import_module("vl_convert")
    files.make_folder(folder)
    written = []
    for picture in pictures:
        drawn = svg(picture)
        for ending, data in (("svg", drawn.encode()), ("png", convert.svg_to_png(drawn, scale=_SCALE))):
            path = folder / f"{picture.name}.{ending}"
            files.write_bytes(path, data)
            written.append(path)
    return written


def svg(picture: Picture, narrow: bool = False) -> str:
    """A picture as SVG. narrow: to stand beside others under a heading of its own, hence without its title."""
    alt = library()
    chart = picture.draw().properties(description=picture.said)
    if narrow:
        fit = alt.AutoSizeParams(type="fit-x", contains="padding")
        chart = chart.properties(width=_NARROW, height=round(chart.height * _LOW), autosize=fit)
    else:
        title = alt.TitleParams(
            picture.title, subtitle=picture.subtitle, anchor="start", fontSize=20, subtitleFontSize=13, offset=14
        )
        chart = chart.properties(title=title)
    spec = (_configured(chart, _ASIDE, _PAGE_FONT) if narrow else _configured(chart, 16, FONT)).to_dict()
    drawn: str = import_module("vl_convert").vegalite_to_svg(spec, vl_version=_version(alt))
    return drawn


def warm() -> None:
    """Draws something, since the first chart of a process takes about a second; nothing where the libraries are missing."""
    with suppress(EnvironmentFailed):
        svg(Picture("", "", "", "", Table("", (), (), 0), "", lambda: bars([Bar("一", "一", 1.0, "1")], "")))


def _version(alt: Any) -> str:
    """The version of Vega-Lite that Altair writes, as the converter names it."""
    return ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def _configured(chart: Any, padding: int | dict[str, int], font: str) -> Any:
    words = {
        "labelFont": font,
        "titleFont": font,
        "labelFontSize": 13,
        "titleFontSize": 13,
        "labelColor": _INK,
        "titleFontWeight": "normal",
    }
    return (
        chart.configure(font=font, background="white", padding=padding)
        .configure_axis(**words, gridColor=_FAINT, domainColor=_INK, tickColor=_INK, labelLimit=260, titleColor=_INK)
        .configure_legend(
            labelFont=font, titleFont=font, labelFontSize=13, titleFontSize=13, orient="bottom", symbolSize=160,
            symbolStrokeColor=_INK,  labelLimit=320,
        )
        .configure_title(font=font, subtitleFont=font, color=_INK, subtitleColor=_INK)
        .configure_view(stroke=None)
    )  # fmt: skip


# --- what is drawn --------------------------------------------------------------------------------------------------------


def bars(
    parts: Sequence[Bar], unit: str, across: bool = False, totals: Sequence[Bar] = (), beside: bool = False
) -> Any:
    """Bars, one for each name; the parts of one lie on each other, or `beside` each other.

    across: whether they lie. totals: what is written at the end of each bar; the parts' own texts where there are none.
    """
    alt = library()
    names, series = _once(part.name for part in parts), _once(part.series for part in parts)
    label, value = alt.X, alt.Y
    if across:
        label, value = alt.Y, alt.X
    place = label("name:N", sort=names, title=None, axis=alt.Axis(labelAngle=0, ticks=False))
    # not flush: a last figure that is moved inwards stands on the one before it
    steps = alt.Axis(tickMinStep=1, labelFlush=False, labelOverlap=True, labelSeparation=4)
    shade = alt.Color(
        "series:N", sort=series, title=None, scale=alt.Scale(domain=series, range=list(_SHADES[: len(series)])),
        legend=alt.Legend() if beside or len(series) > 1 else None,
    )  # fmt: skip
    base = alt.Chart(_values(parts)).mark_bar(stroke=_INK, strokeWidth=0.8).encode(
        place, value("value:Q", title=unit, stack=None if beside else "zero", axis=steps), shade, order="order:Q"
    )  # fmt: skip
    written = alt.Chart(_values(totals or parts)).mark_text(
        fontSize=12, color=_INK, **({"align": "left", "dx": 5} if across else {"baseline": "bottom", "dy": -4})
    ).encode(place, value("value:Q"), text="text:N")  # fmt: skip
    if beside:
        offset = (alt.YOffset if across else alt.XOffset)("series:N", sort=series)
        base, written = base.encode(offset), written.encode(offset)
    size = {"width": _WIDTH, "height": _BAND * (2 if beside else 1) * len(names)} if across else {"width": _WIDTH, "height": 320}  # fmt: skip
    return (base + written).properties(**size)


def lines(points: Sequence[Point], unit: str) -> Any:
    """Lines over names in their order, each with a dash, a shape, its figures, and its name at its end."""
    alt = library()
    names, series = _once(point.name for point in points), _once(point.series for point in points)
    place, height = alt.X("name:N", sort=names, title=None, axis=alt.Axis(labelAngle=0)), alt.Y("value:Q", title=unit)
    kinds = {"sort": series, "title": None, "legend": None}
    dash = alt.StrokeDash("series:N", **kinds, scale=alt.Scale(domain=series, range=[*_DASHES[: len(series)]]))
    shape = alt.Shape("series:N", **kinds, scale=alt.Scale(domain=series, range=[*_SHAPES[: len(series)]]))
    base = alt.Chart(_values(points)).encode(place, height)
    ends = alt.Chart(_values([point for point in points if point.name == names[-1]])).encode(place, height)
    words = {"color": _INK}
    drawn = (
        base.mark_line(color=_INK, strokeWidth=2).encode(dash)
        + base.mark_point(color=_INK, fill="white", size=90, opacity=1).encode(shape)
        + base.mark_text(**words, fontSize=12, dy=-14).encode(text="text:N")
        + ends.mark_text(**words, fontSize=13, align="left", dx=14, dy=4).encode(text="series:N")
    )
    return drawn.properties(width=_WIDTH, height=340)


def spans(found: Sequence[Span], steps: Sequence[Point], unit: str) -> Any:
    """From least to greatest with a circle for the average at each place, under lines that go in steps."""
    alt = library()
    names, series = sorted(_once(span.name for span in found)), _once(step.series for step in steps)
    ends = [end for span in found for end in (span.low, span.high)] + [step.value for step in steps]
    room = alt.Scale(domain=[min(ends) - _ROOM, max(ends) + _ROOM])
    place = alt.X("name:O", sort=names, title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True))
    dash = alt.StrokeDash(
        "series:N", title=None, sort=series, scale=alt.Scale(domain=series, range=[*_DASHES[: len(series)]])
    )
    whole = alt.Chart(_values(found)).mark_rule(color="#888888", strokeWidth=5, opacity=1)
    limits = alt.Chart(_values(steps)).mark_line(color=_INK, strokeWidth=2, interpolate="step")
    middle = alt.Chart(_values(found)).mark_point(fill="white", color=_INK, size=45, opacity=1)
    drawn = (
        whole.encode(place, alt.Y("low:Q", title=unit, scale=room), y2="high:Q")
        + limits.encode(place, alt.Y("value:Q"), dash)
        + middle.encode(place, alt.Y("middle:Q"))
    )
    return drawn.properties(width=_WIDTH, height=340)


def sentence(text: str) -> Any:
    """What is said where there is nothing to draw."""
    alt = library()
    said = alt.Chart(alt.Data(values=[{"text": text}])).mark_text(fontSize=16, color=_INK)
    return said.encode(text="text:N").properties(width=_WIDTH, height=120)


def _values(rows: Sequence[Any]) -> Any:
    return library().Data(values=[{**row._asdict(), "order": place} for place, row in enumerate(rows)])


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
