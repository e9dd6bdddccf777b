"""What the end of each workflow is for its server's owner: a notification, an edit, or nothing.

Slack notifies of new messages alone. What a member waits for is one, and all else is not.
"""

import pytest

from provisioning.core.model.activity import Activity
from provisioning.core.model.server import Job, Status
from provisioning.workflows.durable.steps import Ending
from tests.databases import place_database
from tests.integration.workflows.paper import Paper, begin

NEW, EDIT, NOTHING = "notification", "edit", "nothing"
ENDS = {
    Job.CREATE: (NEW, NEW),
    Job.STOP: (NEW, EDIT),
    Job.START: (NEW, EDIT),
    Job.RESTART: (NEW, EDIT),
    Job.REPAIR: (NEW, EDIT),
    Job.RESIZE: (NEW, EDIT),
    Job.DELETE: (NEW, EDIT),
    Job.DELETE_WITH_COPY: (NEW, EDIT),
    Job.UNDO: (NEW, EDIT),
    Job.PASSWORD: (NEW, NEW),
    Job.CLEAN_UP: (NEW, EDIT),
    Job.REDRAW: (EDIT, EDIT),
    Job.RENAME: (EDIT, EDIT),
    Job.PEOPLE: (NOTHING, NOTHING),
    Job.WARN: (NOTHING, NOTHING),
}
"""The end if a member has requested the work, and if the cleanup or Azure has begun it.

The cleanup posts its own reason of a stop. Packages and updates have messages of their own.
"""


@pytest.fixture
async def paper(tmp_path):
    await place_database(tmp_path)
    paper = await Paper(tmp_path).open()
    yield paper
    await paper.close()


def test_each_workflow_is_in_the_table():
    assert set(ENDS) == set(Job) - {Job.PACKAGES, Job.UPDATE}


async def end_of(paper: Paper, job: Job, *, awaited: bool) -> str:
    await begin(paper, job)
    await paper.become(awaited=awaited, remains=(await paper.server()).remains)
    paper.cards.shown.clear()
    paper.cards.news.clear()
    assert await paper.run(job) == Ending.DONE
    if paper.cards.news:
        assert len(paper.cards.news) == 1, "one notification for one end"
        assert paper.cards.news[-1] == paper.cards.shown[-1], (
            "and it is the last thing that is shown"
        )
        return NEW
    return EDIT if paper.cards.shown else NOTHING


@pytest.mark.parametrize("job", ENDS, ids=str)
async def test_what_a_member_waits_for_ends_in_one_notification(paper, job):
    assert await end_of(paper, job, awaited=True) == ENDS[job][0]


@pytest.mark.parametrize("job", ENDS, ids=str)
async def test_what_nobody_waits_for_is_an_edit(paper, job):
    assert await end_of(paper, job, awaited=False) == ENDS[job][1]


@pytest.mark.parametrize("job", [Job.STOP, Job.RESTART, Job.RESIZE], ids=str)
async def test_an_unused_password_is_followed_by_a_fresh_one_at_the_next_start(paper, job):
    await begin(paper, job)
    await paper.become(awaited=True)
    address = (await paper.server()).address
    paper.host.seen[address] = Activity(passwords=("U_ANA",))
    sent = len(paper.cards.passwords)
    paper.cards.news.clear()
    assert await paper.run(job) == Ending.DONE
    if job is Job.STOP:
        assert (await paper.server()).password is None
        await paper.become(status=Status.STARTING, awaited=True)
        paper.cards.news.clear()
        assert await paper.run(Job.START) == Ending.DONE
    assert len(paper.cards.passwords) == sent + 1
    assert paper.cards.news == [("s1", "ready")], "one notification, with the password"


async def test_a_used_password_stays_used_after_a_stop(paper):
    await begin(paper, Job.STOP)
    paper.host.seen[(await paper.server()).address] = Activity(passwords=())
    assert await paper.run(Job.STOP) == Ending.DONE
    assert (await paper.server()).password is not None
