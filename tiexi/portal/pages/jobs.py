"""定时任务: when each job runs, what came of it last, and running one at once."""

from typing import Any

from tiexi.portal.api import jobs as api
from tiexi.portal.api.jobs import Wish
from tiexi.portal.call import Call
from tiexi.portal.page_routes import See, Shown, page

_OUTCOMES = {"done": "已完成", "already": "此前已办"}


@page("GET", "/jobs", "jobs.list")
def jobs(call: Call) -> Shown:
    """Every job of the table."""
    return Shown("jobs.html", {"jobs": [_words(one) for one in api.list_jobs(call)["jobs"]]})


def _words(one: dict[str, Any]) -> dict[str, Any]:
    last = one["last"]
    word, shape = "", "open"
    if last:
        word, shape = {"done": ("已完成", "done"), "running": ("正在运行", "running")}.get(
            last["result"], ("没有完成", "attention")
        )
    return {**one, "word": word, "shape": shape}


@page("POST", "/jobs/{name}/run", "jobs.run", form=jobs)
def run(call: Call, name: str) -> See:
    """Runs a job at once, as of today."""
    done = api.run(call, name, Wish())
    return See("/jobs", f"{done['title']}：{_OUTCOMES.get(done['outcome'], done['outcome'])}")
