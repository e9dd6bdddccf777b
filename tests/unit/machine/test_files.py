"""The ZIP of a home folder: what is in it, what is left out, and what can't be asked for."""

import base64
import io
import os
import zipfile

import pytest

from provisioning.machine.as_user.files import packed

MB = 1024**2


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    (home / "work" / "sub").mkdir(parents=True)
    (home / "work" / "a.ipynb").write_text("{}")
    (home / "work" / "sub" / "data.bin").write_bytes(os.urandom(2 * MB))
    (home / "notes.txt").write_text("mine")
    (home / ".cache").mkdir()
    (home / ".cache" / "big").write_bytes(b"0" * 1000)
    (home / "work" / "link").symlink_to("/etc")
    (home / "work" / "passwd").symlink_to("/etc/passwd")
    return home


def names(answer):
    content = base64.b64decode(answer["zip"])
    return sorted(zipfile.ZipFile(io.BytesIO(content)).namelist()) if content else []


def test_all_files_but_caches_and_links_are_packed(home):
    answer = packed(home, "", 10 * MB)
    assert names(answer) == ["notes.txt", "work/a.ipynb", "work/sub/data.bin"]
    assert (answer["count"], answer["left_out"], answer["more"]) == (3, [], 0)


def test_a_file_that_is_too_large_is_named_and_leaves_no_other_out(home):
    answer = packed(home, "", MB)
    assert names(answer) == ["notes.txt", "work/a.ipynb"]
    assert answer["left_out"] == [("work/sub/data.bin", 2 * MB)]


@pytest.mark.parametrize("path", ["work/sub", "sub", "sub/data.bin"])
def test_a_folder_or_a_file_can_be_asked_for_also_below_the_work_folder(home, path):
    assert names(packed(home, path, 10 * MB)) == ["work/sub/data.bin"]


@pytest.mark.parametrize("path", ["nothing", "../..", "/etc/passwd", "work/link", "work/passwd"])
def test_nothing_outside_the_home_folder_can_be_asked_for(home, path):
    assert packed(home, path, 10 * MB) == {"unknown": True}


def test_a_home_folder_without_files_gives_no_zip(tmp_path):
    assert packed(tmp_path, "", MB) == {"zip": "", "count": 0, "left_out": [], "more": 0}


def test_names_in_another_encoding_are_packed(home):
    (home / "work" / os.fsdecode(b"\xb0\xa1.txt")).write_text("x")
    assert packed(home, "", 10 * MB)["count"] == 4
