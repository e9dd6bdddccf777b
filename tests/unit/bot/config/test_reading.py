"""Settings from all their places, and what is said of wrong ones."""

import pytest

from bot.config.checks import doubts, require_members
from bot.config.reading import read_settings
from provisioning.core.errors import UserError


@pytest.fixture
def place(monkeypatch, tmp_path):
    """An empty working directory, and a function that sets variables."""
    monkeypatch.chdir(tmp_path)

    def given(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"NOTEBOOK_BOT_{name}", value)

    return given


def refusal() -> str:
    with pytest.raises(UserError) as refused:
        read_settings()
    return refused.value.message


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        ("SLACK__ALLOWED_GROUP", "SLACK__ALLOWED_GROUPS"),
        ("IDLE_AFTER", "IDLE__AFTER"),
        ("AZURE__SUBSCRIPTION", "AZURE__SUBSCRIPTION_ID"),
        ("METRIC_PORT", "METRICS_PORT"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(place, name, similar):
    place(**{name: "1"})
    assert f"{name} is no setting. Did you mean NOTEBOOK_BOT_{similar}?" in refusal()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("IDLE__AFTER", "soon", "IDLE__AFTER='soon' (environment): expected a duration such as"),
        ("IDLE__AFTER", "30", "expected a duration"),
        ("IDLE__AFTER", "-PT1H", "can't be negative"),
        ("IDLE__WORKING_HOURS", "always", "not like `mon-fri 9-18`"),
        ("SLACK__MODE", "rtm", "expected 'socket' or 'http'"),
        ("LOG_FORMAT", "xml", "expected 'json' or 'text'"),
        ("SLACK__HTTP_PORT", "web", "expected a whole number"),
        ("METRICS_PORT", "99999", "99999 is no port"),
        ("MACHINE__SSH_PORT", "-1", "-1 is no port"),
        ("SERVERS_PER_MEMBER", "-2", "-2 is below 0"),
        ("LIMITS__COST", "lots", "expected a number"),
        ("LIMITS__GPUS", "perhaps", "expected true or false"),
        ("RECONCILE", "hello", "'hello' is no cron expression"),
        ("IDLE__SWEEP", "61 * * * *", "is no cron expression"),
        ("COPIES_SWEEP", "@daily please", "is no cron expression"),
        ("SLACK__ADMINS", "U_EVE @bob", "SLACK__ADMINS: @bob: expected a user id"),
        ("SLACK__ALLOWED_GROUPS", "data-team", "data-team: expected a user group's id"),
        ("SLACK__ADMIN_CHANNEL", "#admins", "#admins: expected a channel's id"),
        ("REPORT__CHANNEL", "general", "general: expected a channel's id"),
        ("SLACK__ALLOWED_USERS", "all", "all: expected a user id"),
        ("DATABASE_URL", "mysql://root@db/x", "the bot has no database mysql"),
        ("DATABASE_URL", "notebook-bot.db", "it is no database URL"),
        ("AZURE__TAGS", "nb-owner=me", "nb-"),
        ("IDLE__GRACE", "ten minutes", "expected a duration"),
        ("IDLE__RETENTION", "1 month", "expected a duration"),
        ("IDLE__LIFETIME", "-1h", "expected a duration"),
        ("IDLE__LOOK_EVERY", "5", "expected a duration"),
        ("IDLE__LOOK_BUDGET", "long", "expected a number"),
        ("IDLE__LOOKS_AT_ONCE", "many", "expected a whole number"),
        ("IDLE__LOOKS_AT_ONCE", "3.5", "expected a whole number"),
        ("IDLE__WORKING_HOURS", "mon 25-26", "hour must be in 0..23"),
        ("PASSWORD_TTL", "a day", "expected a duration"),
        ("MISSING_AFTER", "30", "expected a duration"),
        ("COPIES_KEPT", "week", "expected a duration"),
        ("LIMITS__SERVERS", "-1", "must be 0 (no limit) or more"),
        ("LIMITS__SERVERS", "fifty", "expected a whole number"),
        ("LIMITS__CORES", "many", "expected a whole number"),
        ("LIMITS__CORES_PER_MEMBER", "-4", "must be 0 (no limit) or more"),
        ("LIMITS__COST_PER_MEMBER", "$100", "expected a number"),
        ("LIMITS__DISK", "big", "expected a whole number"),
        ("LIMITS__APPROVAL_TTL", "soon", "expected a duration"),
        ("SLACK__UPDATES_PER_MINUTE", "fast", "expected a whole number"),
        ("SLACK__HTTP_PORT", "70000", "70000 is no port"),
        ("SLACK__APPROVERS", "bob", "bob: expected a user id"),
        ("SLACK__ADMIN_GROUPS", "@admins", "@admins: expected a user group's id"),
        ("SLACK__APPROVER_GROUPS", "U_EVE", "U_EVE: expected a user group's id"),
        ("SLACK__ALLOWED_USERS", "U_EVE,S_DATA", "S_DATA: expected a user id"),
        ("SLACK__ADMINS", "everybody", "everybody: expected a user id"),
        ("REPORT__HOUR", "25", "less than or equal to 23"),
        ("REPORT__WEEKLY", "mondays", "expected true or false"),
        ("BACKUP__KEPT", "0", "greater than or equal to 1"),
        ("BACKUP__AT", "at night", "is no cron expression"),
        ("TLS__CHECK_SECONDS", "often", "expected a number"),
        ("TLS__HTTP_PORT", "http", "expected a whole number"),
        ("MACHINE__HTTPS_PORT", "65536", "65536 is no port"),
        ("MACHINE__SSH_TIMEOUT", "10", "expected a duration"),
        ("AZURE__POLL_SECONDS", "-1", "-1.0 is below 0"),
        ("AZURE__CLIENT_SECRET_ENDS", "next year", "expected a day such as 2027-01-31"),
        ("AZURE__CLIENT_SECRET_ENDS", "31.1.2027", "expected a day such as 2027-01-31"),
        ("AZURE__TAGS", "CostCenter", "write name=value"),
        ("SHUTDOWN_SECONDS", "-3", "-3.0 is below 0"),
        ("LOG_LEVEL", "verbose", "expected 'debug', 'info', 'warning' or 'error'"),
        ("METRICS_PORT", "http", "expected a whole number"),
        ("DATABASE_URL", "postgres://bot@db/x", "the bot has no database postgres"),
        ("DATABASE_URL", "sqlite:///x.db", "the bot has no database sqlite;"),
        ("TLS__MODE", "letsencrypt", "expected 'self-signed', 'organisation' or 'acme'"),
    ],
)
def test_a_wrong_value_is_named_in_one_line_with_what_is_expected(place, name, value, said):
    place(**{name: value})
    first, line = refusal().splitlines()
    assert first == "A setting is wrong:"
    assert f"NOTEBOOK_BOT_{name}" in line
    assert said in line


def test_all_mistakes_are_said_at_once_and_without_secrets(place, tmp_path):
    (tmp_path / "notebook-bot.toml").write_text('[slack]\nbot_token = ["xoxb-hidden"]\n')
    (tmp_path / ".env").write_text("NOTEBOOK_BOT_IDLE__GRACE=soon\nNOTEBOOK_BOT_COLOUR=red\n")
    place(AZURE__POLL_SECONDS="fast")
    said = refusal()
    assert said.startswith("4 of the settings are wrong:")
    assert "NOTEBOOK_BOT_IDLE__GRACE='soon' (.env)" in said
    assert "NOTEBOOK_BOT_SLACK__BOT_TOKEN=(not shown) (notebook-bot.toml)" in said
    assert "hidden" not in said


def test_the_environment_decides_before_secrets_env_and_toml(place, tmp_path, monkeypatch):
    (tmp_path / "notebook-bot.toml").write_text(
        'installation = "toml"\n[slack]\nadmins = ["U_TOML"]\napp_token = "toml"\n'
        'bot_token = "toml"\n[idle]\nafter = "3h"\n'
    )
    (tmp_path / ".env").write_text(
        "NOTEBOOK_BOT_SLACK__APP_TOKEN=env-file\nNOTEBOOK_BOT_SLACK__BOT_TOKEN=env-file\n"
    )
    secrets = tmp_path / "credentials"
    secrets.mkdir()
    (secrets / "notebook_bot_slack__bot_token").write_text("secret\n")
    (secrets / "another-programs-secret").write_text("theirs")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    place(INSTALLATION="environment")
    settings = read_settings()
    assert settings.installation == "environment"
    assert settings.slack.bot_token.get_secret_value() == "secret"
    assert settings.slack.app_token.get_secret_value() == "env-file"
    assert settings.slack.admins == ("U_TOML",)
    assert settings.idle.after.total_seconds() == 10_800


@pytest.mark.parametrize("content", [b"[slack\n", b"installation = '\xff'"])
def test_a_damaged_file_is_one_sentence(place, tmp_path, content):
    (tmp_path / "notebook-bot.toml").write_bytes(content)
    assert refusal().startswith("The settings can't be read: ")


def test_who_may_use_the_bot_must_be_said(place):
    with pytest.raises(UserError, match=r"Say who may use the bot: .*everybody"):
        require_members(read_settings())
    place(SLACK__ALLOWED_USERS="everybody")
    require_members(read_settings())


@pytest.mark.parametrize(
    ("name", "value", "doubt"),
    [
        ("IDLE__RETENTION", "1d", "RETENTION_WARNING is longer than"),
        ("IDLE__AT_LEAST", "13h", "AT_LEAST is longer than"),
        ("IDLE__LIFETIME", "1h", "LIFETIME_WARNING is longer than"),
        ("ALLOWED_SIZES", "Standard_B2s Standard_Typo_v1", "no platform has Standard_Typo_v1"),
    ],
)
def test_what_contradicts_itself_is_doubted(place, name, value, doubt):
    assert doubts(read_settings()) == []
    place(**{name: value})
    (line,) = doubts(read_settings())
    assert doubt in line
