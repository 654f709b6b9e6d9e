"""看板: five charts of a year, each an image of its own address with the table of its rows, for who sees all business."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree, html

import lives
from ledger.figures import wan_text
from portal import PEOPLE, Portal, portal_on

pytestmark = pytest.mark.sqlite_only  # the stages are copies of one database file
SEES = ("city", "approver", "finance", "auditor")
FRONT = ["counties", "banks", "budget", "stopped", "years"]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "second year")) as found:
        yield found


def written(svg: bytes) -> set[str]:
    return {"".join(node.itertext()) for node in etree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_each_chart_is_followed_by_the_table_of_its_rows(portal: Portal) -> None:
    page = portal.page("approver")
    answer = page.get("/dashboard")
    assert answer.status_code == 200
    panels = html.fromstring(answer.text).xpath("//section")
    assert [panel.xpath(".//img/@src")[0].split("/")[-1].split(".")[0] for panel in panels] == FRONT
    for panel in panels:
        (image,) = panel.xpath(".//img")
        drawn = page.get(image.get("src"))
        assert (
            drawn.headers["content-type"] == "image/svg+xml"
            and "default-src 'none'" in drawn.headers["content-security-policy"]
        )
        assert len(image.get("alt")) > 15 and "<script" not in drawn.text and "<style" not in drawn.text
        words = written(drawn.content)
        rows = panel.xpath(".//tbody/tr[not(contains(@class, 'total'))]")
        for row in rows:
            name, *_, last = ["".join(cell.itertext()).strip() for cell in row]
            assert any(name in one for one in words) and any(last in one for one in words), (name, last, words)


def test_the_figures_are_those_of_the_run(portal: Portal) -> None:
    run = portal.api("city").get("/runs/1").json()
    text = portal.page("city").get("/dashboard?year=2023").text
    assert wan_text(run["interest_fen"]) in text and "第 1 号运行" in text
    assert "第 2 号运行" in portal.page("city").get("/dashboard?year=2024").text
    for asked in ("year=1999", "year=x", "programme=x", "year="):
        assert portal.page("city").get(f"/dashboard?{asked}").status_code == 200


def test_over_the_api_by_key_title_or_the_name_of_its_file(portal: Portal) -> None:
    client = portal.api("finance")
    first = client.get("/years/2023/charts/counties.svg")
    assert first.status_code == 200 and first.headers["content-type"] == "image/svg+xml"
    for name in ("各区市补助", "1-各区市补助-2023"):
        assert client.get(f"/years/2023/charts/{name}.svg").content == first.content
    for name in ("rates", "legs"):
        assert client.get(f"/years/2023/charts/{name}.svg").status_code == 200
    for path, status in (
        ("/years/2023/charts/nothing.svg", 404), ("/years/2023/charts/counties.png", 404), ("/years/2022/charts/counties.svg", 422),
        ("/years/20231/charts/counties.svg", 400), ("/years/2023/charts/counties.svg?programme=x", 400),
        ("/years/2023/charts/counties.svg?wide=1", 400),
    ):  # fmt: skip
        assert client.get(path).status_code == status, path


def test_what_was_drawn_before_is_drawn_anew_once_something_is_booked(portal: Portal) -> None:
    def addresses() -> Any:
        return portal.app.house.drawn._years.keys()

    portal.page("city").get("/dashboard?year=2023")
    before = set(addresses())
    portal.page("auditor").get("/dashboard?year=2023")
    assert set(addresses()) == before
    lives.settle(portal.engine)
    portal.page("city").get("/dashboard?year=2023")
    assert len(set(addresses()) - before) == 1


def test_nobody_else_sees_it(portal: Portal) -> None:
    for login in PEOPLE:
        if login not in SEES:
            assert portal.api(login).get("/years/2023/charts/counties.svg").status_code == 403
    for login in ("clerk", "county", "tech", "admin"):
        page = portal.page(login)
        assert page.get("/dashboard").status_code == page.get("/years/2023/charts/counties.svg").status_code == 403
        assert not re.search('href="/dashboard"', page.get("/").text)
