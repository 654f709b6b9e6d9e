"""The SCHEDULE: every job says of itself what the manual needs."""

import pytest

from jobs.job import Job
from jobs.schedule import BY_NAME, SCHEDULE


def test_every_job_has_a_name_and_a_title_of_its_own() -> None:
    assert len(BY_NAME) == len(SCHEDULE) == len({job.title for job in SCHEDULE})


@pytest.mark.parametrize("job", SCHEDULE, ids=lambda job: job.name)
def test_a_job_says_on_what_it_rests_what_it_finds_and_whom_it_tells(job: Job) -> None:
    assert job.article.startswith(
        ("威财金〔2023〕2号 第", "威政办发〔2023〕8号 第", "威财金〔2023〕11号 第", "威商务发〔2023〕1号 第")
    )
    assert job.function.__doc__ and job.finds and job.tells
