"""The log: one format for the bot's and libraries' lines, and no secrets."""

import io
import json
import logging

import pytest
import structlog

from bot.process.logs import configure_logs

TOKENS = ("xoxb-1-2-abc", "xapp-1-A-b", "Bearer abc.def", "$argon2id$v=19$m=1$salt$hash")


@pytest.fixture
def written():
    """A stream to log to; the process's own logging is restored afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    yield stream
    root.handlers[:], level = before[0], before[1]
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_of_the_bot_and_of_libraries_have_one_format(written):
    configure_logs("json", stream=written)
    structlog.get_logger("ours").info("server made", server="abc")
    logging.getLogger("theirs").warning("%s happened", "something")
    ours, theirs = lines(written)
    assert (ours["event"], ours["server"], ours["level"]) == ("server made", "abc", "info")
    assert (theirs["event"], theirs["logger"]) == ("something happened", "theirs")


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("token", TOKENS)
def test_tokens_are_hidden_everywhere_in_a_line(written, form, token):
    configure_logs(form, stream=written)
    log = structlog.get_logger("ours")
    log.info(f"called with {token}", header=token, nested={"list": [token]})
    logging.getLogger("theirs").warning("called with %s", token)
    try:
        raise ValueError(f"refused {token}")
    except ValueError:
        log.exception("broken")
        logging.getLogger("theirs").exception("broken")
    assert written.getvalue().count("refused") >= 2
    assert token not in written.getvalue()


@pytest.mark.parametrize("key", ["password", "one_time_password", "client_secret", "app_token"])
def test_values_under_secret_names_are_hidden(written, key):
    configure_logs("text", stream=written)
    structlog.get_logger("ours").info("event", **{key: "tulip-4821"})
    structlog.get_logger("ours").info("event", settings={key: "tulip-4821"})
    assert "tulip-4821" not in written.getvalue()
    assert key in written.getvalue()


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_shows_no_local_variables(written, form):
    configure_logs(form, stream=written)

    def hand_over(password):
        raise RuntimeError("Slack is down")

    try:
        hand_over("tulip-" + "4821")
    except RuntimeError:
        structlog.get_logger("ours").exception("broken")
    assert "Slack is down" in written.getvalue()
    assert "tulip-4821" not in written.getvalue()


@pytest.mark.parametrize("name", ["slack_sdk.web.async_base_client", "slack_bolt.AsyncApp"])
def test_slacks_libraries_do_not_log_at_debug(written, name):
    configure_logs("text", logging.DEBUG, written)
    logging.getLogger(name).debug("Sending a request - json: the password")
    assert written.getvalue() == ""


def test_a_machines_text_forges_no_line_and_moves_no_cursor(written):
    configure_logs("text", stream=written)
    forged = "line1\n2099-01-01T00:00:00Z [info     ] forged\x1b]0;pwned\x07\x1b[2J\r\u202egnp"
    logging.getLogger("theirs").warning("failed: %s", forged)
    structlog.get_logger("ours").info("failed", detail=forged)
    structlog.get_logger("ours").info(forged)
    shown = written.getvalue()
    assert len(shown.splitlines()) == 3
    assert not set("\x1b\x07\r\u202e") & set(shown)
    assert "\\n2099-01-01" in shown


def test_the_lines_of_a_traceback_stay_lines_and_begin_with_a_space(written):
    configure_logs("text", stream=written)
    try:
        raise ValueError("line1\n2099-01-01T00:00:00Z [info     ] forged\x1b[2J")
    except ValueError:
        structlog.get_logger("ours").exception("broken")
    lines = written.getvalue().splitlines()
    assert len(lines) > 3
    assert not [line for line in lines[1:] if line.startswith("2099")]
    assert "\x1b" not in written.getvalue()
