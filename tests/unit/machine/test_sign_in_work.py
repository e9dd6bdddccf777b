"""A wrong password costs the same work with every name, so no time tells who is a member."""

import pytest

from provisioning.machine.notebook_identity import passwords
from provisioning.machine.notebook_identity.access_list import OneTime
from provisioning.machine.notebook_identity.person import Person
from provisioning.machine.notebook_identity.sign_in import WRONG, Refused, SignIn

FROM_AN_OLDER_BOT = OneTime(2e9, "", passwords._HASHER.hash("an older one-time password"))
ANA = Person("U_ANA", "ana", "1", "1", password_hash=passwords._HASHER.hash("the own one of ana"))
BOB = Person("U_BOB", "bob", "1", "1", one_time=OneTime(2e9, "0" * 64))
IDA = Person("U_IDA", "ida", "1", "1", one_time=FROM_AN_OLDER_BOT)


class Listed:
    """The members of a server, of whom no browser is known."""

    held = False

    def __init__(self, *people: Person) -> None:
        self._people = list(people)

    def people(self):
        return self._people

    def knows_browser(self, *_asked):
        return False


@pytest.fixture
def hashes(monkeypatch):
    """Every hash that is computed."""
    computed = []
    matches = passwords._matches

    def counted(password_hash, password):
        computed.append(password_hash)
        return matches(password_hash, password)

    monkeypatch.setattr(passwords, "_matches", counted)
    return computed


@pytest.mark.parametrize("people", [(ANA, BOB), (ANA, BOB, IDA)])
async def test_each_name_costs_as_many_hashes_as_an_unknown_one(hashes, people):
    work = {}
    for name in ("ana", "bob", "ida", "no such person"):
        hashes.clear()
        outcome = await SignIn(Listed(*people)).attempt(name, "a wrong guess", "203.0.113.9")
        assert outcome == Refused(401, WRONG)
        work[name] = len(hashes)
    assert set(work.values()) == {1 + (IDA in people)}, work
