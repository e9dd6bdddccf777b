"""The last output of a notebook: limited in size, cleaned, and only from members' own files."""

import base64
import json
import os

import pytest

from provisioning.machine.notebook_setup import output
from provisioning.machine.notebook_setup.output import last_output

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"p" * 40).decode()


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def picture(encoded=PNG):
    data = {"image/png": encoded, "text/plain": "<Figure size 640x480>"}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def write(home, name, *cells, age=0.0):
    """Return a notebook with one code cell for each list of outputs."""
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"cells": [{"cell_type": "code", "outputs": each} for each in cells]}
    path.write_text(json.dumps(document))
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def test_the_last_cell_with_output_of_the_latest_notebook_is_returned(tmp_path):
    write(tmp_path, "old.ipynb", [stream("old\n")], age=3600)
    write(tmp_path, "deep/train.ipynb", [stream("first\n")], [stream(["loss 0.3\n", "done"])], [])
    found = last_output(tmp_path)
    assert (found["notebook"], found["text"]) == ("train.ipynb", "loss 0.3\ndone")
    assert found["saved_seconds"] < 60


def test_a_picture_is_returned_with_its_text_but_without_its_objects_name(tmp_path):
    write(tmp_path, "a.ipynb", [stream("fitted\n"), picture()])
    found = last_output(tmp_path)
    assert (found["text"], found["picture"]) == ("fitted", PNG)


def test_a_failed_run_ends_with_its_error(tmp_path):
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no data", "traceback": []}
    write(tmp_path, "a.ipynb", [stream("begin\n"), error])
    assert last_output(tmp_path)["text"] == "begin\nValueError: no data"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[31mred\x1b[0m\n", "red"),
        (" 10%\r 50%\r100%\n", "100%"),
        ("token=abcdefgh1234\n", "token=[hidden]"),
    ],
    ids=["colours", "progress bar", "secret"],
)
def test_text_has_no_colours_and_no_overwritten_lines(tmp_path, printed, shown):
    write(tmp_path, "a.ipynb", [stream(printed)])
    assert last_output(tmp_path)["text"] == shown


def test_long_text_is_cut_to_its_end(tmp_path):
    write(tmp_path, "a.ipynb", [stream("".join(f"step {number}\n" for number in range(99_999)))])
    text = last_output(tmp_path)["text"]
    assert len(text) <= output.LONGEST_TEXT
    assert text.endswith("step 99998")


@pytest.mark.parametrize("encoded", ["not base64!", base64.b64encode(b"GIF89a").decode(), None, 7])
def test_invalid_pictures_are_omitted(tmp_path, encoded):
    write(tmp_path, "a.ipynb", [picture(encoded), stream("text\n")])
    found = last_output(tmp_path)
    assert (found["picture"], found["text"]) == ("", "text")


def test_a_picture_that_is_too_large_is_omitted(tmp_path):
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"p" * output.LARGEST_PICTURE).decode()
    write(tmp_path, "a.ipynb", [picture(large), stream("text\n")])
    assert last_output(tmp_path)["picture"] == ""


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"cells": 3}', '{"cells": [7, {"outputs": 1}]}']
)
def test_a_file_that_is_no_notebook_is_skipped(tmp_path, content):
    write(tmp_path, "good.ipynb", [stream("good\n")], age=60)
    (tmp_path / "bad.ipynb").write_text(content)
    assert last_output(tmp_path)["notebook"] == "good.ipynb"


def test_links_pipes_hidden_folders_and_checkpoints_are_not_read(tmp_path):
    home, outside = tmp_path / "home", tmp_path / "outside"
    home.mkdir()
    write(outside, "secret.ipynb", [stream("not yours\n")])
    (home / "link.ipynb").symlink_to(outside / "secret.ipynb")
    (home / "folder").symlink_to(outside)
    os.mkfifo(home / "pipe.ipynb")
    write(home, ".ipynb_checkpoints/a-checkpoint.ipynb", [stream("older\n")])
    assert last_output(home) == {"notebook": "", "saved_seconds": 0.0, "text": "", "picture": ""}


def test_half_an_emoji_and_a_name_in_another_encoding_can_be_sent(tmp_path):
    path = write(tmp_path, "n.ipynb", [stream("done \ud83d")])
    path.rename(os.fsdecode(os.fsencode(tmp_path) + "/보고서.ipynb".encode("cp949")))
    found = last_output(tmp_path)
    assert found["text"] == "done \ufffd"
    json.dumps(found, ensure_ascii=False).encode()
    assert found["notebook"].endswith(".ipynb")


def test_a_notebook_with_a_byte_order_mark_or_capital_letters_is_read(tmp_path):
    path = write(tmp_path, "N.IPYNB", [stream("done")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert last_output(tmp_path)["text"] == "done"
