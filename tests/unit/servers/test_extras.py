"""The optional parts of a creation: which addresses, packages and times are accepted."""

import pytest

from provisioning.core.errors import UserError
from provisioning.notebooks.repositories import checked_repository, folder_of
from provisioning.notebooks.requirements import checked_requirements, split_list


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("https://github.com/jupyter/notebook", "notebook"),
        ("https://github.com/jupyter/notebook.git", "notebook"),
        ("https://git.example.com:8443/a/b/c.d/", "c.d"),
    ],
)
def test_public_repositories_are_accepted(url, folder):
    assert checked_repository(url) == url
    assert folder_of(url) == folder


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://github.com/a/b", "https address"),
        ("git@github.com:a/b.git", "https address"),
        ("ssh://git@github.com/a/b", "user name or a password"),
        ("https://ana:secret@github.com/a/b", "user name or a password"),
        ("https://github.com/", "not the address of a repository"),
        ("https://github.com/a/b?x=1", "not the address of a repository"),
        ("https://github.com/a/..", "not the address of a repository"),
        ("https://github.com/a/--upload-pack=id", "not the address of a repository"),
        ("https://github.com/a/b c", "https address"),
        ("https://[::1/a", "https address"),
        ("https://github.com:99999/a/b", "https address"),
        (f"https://github.com/{'a' * 400}", "https address"),
        ("ext::sh -c id", "https address"),
    ],
)
def test_other_addresses_are_refused_without_repeating_a_secret(url, words):
    with pytest.raises(UserError) as refusal:
        checked_repository(url)
    assert words in refusal.value.message
    assert "secret" not in refusal.value.message


def test_an_admin_can_limit_the_hosts():
    hosts = ("git.example.com",)
    assert checked_repository("https://GIT.example.com/a/b", hosts)
    with pytest.raises(UserError, match="can't clone from"):
        checked_repository("https://github.com/a/b", hosts)


def test_a_requirements_list_is_read_as_people_paste_it():
    text = "polars>=1.0  # fast\n\nseaborn, altair,dask[array,test]\nnumpy>=2,<3,\npolars>=1.2"
    assert checked_requirements(split_list(text)) == (
        "polars>=1.2", "seaborn", "altair", "dask[array,test]", "numpy<3,>=2",
    )  # fmt: skip


@pytest.mark.parametrize(
    "word", ["-r other.txt", "git+https://x/y", "./wheel.whl", "a @ https://x"]
)
def test_a_word_that_is_no_package_is_refused(word):
    with pytest.raises(UserError):
        checked_requirements(split_list(word))
