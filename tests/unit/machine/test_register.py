"""Root's changes of the access list, and what of the members' own file outlives them."""

import json
import os

import pytest

from provisioning.access.passwords import generate_password, planted
from provisioning.machine.notebook_identity.access_list import OneTime
from provisioning.machine.notebook_identity.links import sha256_of
from provisioning.machine.notebook_identity.members import Members
from provisioning.machine.notebook_identity.one_time import choice_key, digest_of
from provisioning.machine.notebook_identity.register import Register

NOW = 1000.0
HASH, OTHER_HASH = "$argon2id$hers", "$argon2id$planted"


@pytest.fixture
def files(tmp_path):
    return [tmp_path / name for name in ("list.json", "keys.json", "members.json")]


@pytest.fixture
def root(files) -> Register:
    return Register(*files)


@pytest.fixture
def members(files) -> Members:
    return Members(files[0], files[2])


def plant(root: Register, user: str, password: str = "one-time") -> None:
    one_time = OneTime(NOW + 60, digest_of(password))
    root.plant(user, user.lower(), one_time, choice_key(password))


def choose(members: Members, user: str, password: str = "one-time", chosen: str = HASH) -> None:
    secret = members.claim(user, password, members.person(user).stamp, NOW)
    assert members.choose(secret, chosen, NOW)


async def test_the_bot_and_the_machine_derive_the_same_values():
    password = generate_password()
    sent = await planted(password)
    assert (sent.sha256, sent.key) == (digest_of(password), choice_key(password))
    assert digest_of(f" {password}\n") == sent.sha256, "as it may be pasted"
    assert password not in repr(sent)
    assert sent.key not in repr(sent)


def test_an_own_password_outlives_the_end_of_another_access(root, members):
    for user in ("ANA", "BOB"):
        plant(root, user)
        choose(members, user)
    assert root.admit(["ANA"])
    assert members.person("ANA").password_hash == HASH
    assert members.person("BOB") is None
    plant(root, "BOB")
    root.admit(["ANA"])
    assert members.person("ANA").password_hash == HASH, "without a deed in between too"


def test_only_sessions_that_the_server_itself_opened_outlive_the_end_of_another_access(
    root, members, files
):
    for user in ("ANA", "BOB"):
        plant(root, user)
    (hers, his), planted_row = (members.open_session(user, NOW) for user in ("ANA", "BOB")), "x"
    deeds = json.loads(files[2].read_text())
    deeds["sessions"][sha256_of(planted_row)] = deeds["sessions"][sha256_of(hers)]
    files[2].write_text(json.dumps(deeds))
    assert members.session(planted_row, NOW).id == "ANA"
    root.admit(["ANA"])
    restarted = Members(files[0], files[2])
    assert [restarted.session(each, NOW) for each in (hers, his, planted_row)] == [None] * 3
    assert [members.session(each, NOW) for each in (his, planted_row)] == [None] * 2
    assert members.session(hers, NOW).id == "ANA"
    restarted = Members(files[0], files[2])
    assert restarted.session(hers, NOW).id == "ANA", "it was written down again"
    assert members.session(hers, NOW + 8 * 86400) is None
    plant(root, "ANA", "another-one-time")
    assert members.session(hers, NOW) is None


@pytest.mark.parametrize("proof", ["", "0" * 64, "ü", None, 7])
def test_a_password_hash_without_the_members_proof_is_dropped(root, members, files, proof):
    for user in ("ANA", "BOB"):
        plant(root, user)
        choose(members, user)
    deeds = json.loads(files[2].read_text())
    deeds["people"]["ANA"].update(password_hash=OTHER_HASH, proof=proof)
    files[2].write_text(json.dumps(deeds))
    root.revoke("BOB")
    assert members.person("ANA").password_hash is None
    assert root.waiting(NOW) == [], "her one-time password stays used"


def test_an_older_proof_is_worthless_after_a_new_one_time_password(root, members, files):
    for user in ("ANA", "BOB"):
        plant(root, user)
        choose(members, user)
    older = json.loads(files[2].read_text())["people"]["ANA"]
    plant(root, "ANA", "another-one-time")
    choose(members, "ANA", "another-one-time", OTHER_HASH)
    deeds = json.loads(files[2].read_text())
    deeds["people"]["ANA"].update(password_hash=HASH, proof=older["proof"])
    files[2].write_text(json.dumps(deeds))
    root.revoke("BOB")
    assert members.person("ANA").password_hash is None


def test_the_proof_of_another_member_is_worthless(root, members, files):
    for user in ("ANA", "BOB"):
        plant(root, user, f"one-time-of-{user}")
        choose(members, user, f"one-time-of-{user}", HASH if user == "ANA" else OTHER_HASH)
    deeds = json.loads(files[2].read_text())
    bobs = deeds["people"]["BOB"]
    deeds["people"]["ANA"].update(password_hash=bobs["password_hash"], proof=bobs["proof"])
    files[2].write_text(json.dumps(deeds))
    root.revoke("BOB")
    assert members.person("ANA").password_hash is None


def test_a_one_time_password_is_waiting_until_it_is_used(root, members):
    plant(root, "ANA")
    assert root.waiting(NOW) == ["ANA"]
    assert root.waiting(NOW + 61) == []
    members.claim("ANA", "one-time", members.person("ANA").stamp, NOW)
    assert root.waiting(NOW) == []


HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"


@pytest.mark.parametrize("first", ["used", "spent", "unused"])
def test_only_a_link_that_the_server_saw_used_outlives_the_end_of_another_access(
    root, members, files, first
):
    for user in ("ANA", "BOB"):
        plant(root, user)
    assert root.give_link("ANA", sha256_of("x"), NOW + 60)
    if first != "unused":
        assert members.use_link("x", HERE, NOW, spend=first == "spent")
    root.admit(["ANA"])
    assert bool(members.linked("x", HERE, NOW)) == (first == "used")
    restarted = Members(files[0], files[2])
    for each in (members, restarted):
        assert each.linked("x", ELSEWHERE, NOW) is None
        assert each.use_link("x", ELSEWHERE, NOW, spend=False) is None
    assert restarted.linked("x", HERE, NOW) is None


def former(path, **values) -> None:
    person = {"id": "ANA", "name": "Ana", "epoch": "e", "password_hash": HASH, "one_time": None}
    bob = {**person, "id": "BOB", "password_hash": None, "one_time": {"hash": OTHER_HASH}}
    bob["one_time"]["expires_at"] = NOW + 60
    path.write_text(json.dumps({"people": {"ANA": person, "BOB": bob}, **values}))


def test_the_members_of_an_older_version_keep_their_passwords(root, members, tmp_path):
    former(tmp_path / "users.json", held=True)
    assert root.adopt(tmp_path / "users.json")
    assert members.held
    assert members.person("ANA").password_hash == HASH
    assert members.person("BOB").one_time.hash == OTHER_HASH
    assert root.waiting(NOW) == ["BOB"]
    assert not root.adopt(tmp_path / "users.json")


def test_the_adopted_password_of_an_older_version_can_not_be_replaced(
    root, members, files, tmp_path
):
    former(tmp_path / "users.json")
    root.adopt(tmp_path / "users.json")
    choose(members, "BOB", chosen="$argon2id$bobs")
    deeds = json.loads(files[2].read_text())
    stamp = members.person("ANA").stamp
    deeds["people"]["ANA"] = {**deeds["people"]["BOB"], "stamp": stamp, "password_hash": "$x"}
    files[2].write_text(json.dumps(deeds))
    plant(root, "EVE")
    root.revoke("EVE")
    assert members.person("ANA").password_hash == HASH
    assert members.person("BOB").password_hash == "$argon2id$bobs"
    deeds["people"]["BOB"].update(stamp=members.person("BOB").stamp, password_hash="$x")
    files[2].write_text(json.dumps(deeds))
    plant(root, "EVE")
    root.revoke("EVE")
    assert members.person("BOB").password_hash == "$argon2id$bobs"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"people": {"U": 1}}'])
def test_a_damaged_file_of_an_older_version_admits_no_member(root, members, tmp_path, text):
    (tmp_path / "users.json").write_text(text)
    root.adopt(tmp_path / "users.json")
    assert members.people() == []


def test_root_opens_no_link_and_no_pipe_in_the_members_place(root, members, files, tmp_path):
    for user in ("ANA", "BOB"):
        plant(root, user)
        choose(members, user)
    files[2].rename(tmp_path / "real")
    files[2].symlink_to(tmp_path / "real")
    root.revoke("BOB")
    assert members.person("ANA").password_hash != HASH or not files[2].is_symlink()
    files[2].unlink()
    os.mkfifo(files[2])
    plant(root, "BOB")
    root.revoke("BOB")
