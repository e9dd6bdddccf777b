"""`notebook-bot settings` and the options before a command."""

import pytest
from typer.testing import CliRunner

from bot.cli.main import cli
from provisioning.core.errors import UserError


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the program in an empty folder, with these variables."""
    monkeypatch.chdir(tmp_path)

    def program(*words: str, **variables: str):
        given = {f"NOTEBOOK_BOT_{name}": value for name, value in variables.items()}
        return CliRunner(env=given).invoke(cli, words)

    return program


def test_settings_in_force_are_printed_with_their_place_and_without_secrets(run, tmp_path):
    (tmp_path / "mine.env").write_text("NOTEBOOK_BOT_IDLE__AFTER=90m\n")
    said = run(
        "--env-file", "mine.env", "settings",
        SLACK__BOT_TOKEN="xoxb-word", SLACK__ADMINS="U1 U2",
        DATABASE_URL="postgresql+psycopg://bot:word@db/notebooks",
    ).output  # fmt: skip
    assert "NOTEBOOK_BOT_IDLE__AFTER=1h30m  (mine.env)" in said
    assert "NOTEBOOK_BOT_SLACK__ADMINS=U1,U2  (environment)" in said
    assert "NOTEBOOK_BOT_SLACK__BOT_TOKEN=(hidden)" in said
    assert "postgresql+psycopg://bot:***@db/notebooks" in said
    assert "word" not in said
    assert "GRACE" not in said


def test_all_settings_are_printed_with_their_defaults(run):
    lines = run("settings", "--all").output.splitlines()
    assert "NOTEBOOK_BOT_IDLE__GRACE=15m  (default)" in lines
    assert "NOTEBOOK_BOT_PASSWORD_TTL=24h  (default)" in lines


def test_a_wrong_setting_ends_a_command(run):
    assert isinstance(run("list", IDLE__AFTER="soon").exception, UserError)
    assert isinstance(run("--env-file", "typo.env", "settings").exception, UserError)


def test_the_version_is_printed(run):
    assert run("--version").output.startswith("notebook-bot ")
