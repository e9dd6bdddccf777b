"""What JupyterLab opens can be exported; what nothing can read is named by the kind of damage."""

import importlib
import json
import os
import sys
import unicodedata
from pathlib import Path

import nbconvert
import pytest

from provisioning.machine.as_user import export as program

sys.path.insert(0, str(Path(program.__file__).parent))
saved_notebook = importlib.import_module("saved_notebook")

WIDGET = {
    "application/vnd.jupyter.widget-view+json": {"model_id": "m"},
    "text/plain": "IntSlider()",
}
HALF = "\\ud83d"


def document(**fields):
    cells = [{"cell_type": "code", "source": "1", "outputs": [], "metadata": {}}]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **fields}


def code(*outputs, **fields):
    return {"cell_type": "code", "source": "kept", "outputs": list(outputs), **fields}


def shown(data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


ODD = {
    "metadata that is a list": document(metadata=[], cells=[code()]),
    "metadata that is nothing": document(metadata=None, cells=[code(metadata=[])]),
    "no metadata": {"nbformat": 4, "cells": [code()]},
    "a kernelspec without a name": document(
        metadata={"kernelspec": {"language": "python"}}, cells=[code()]
    ),
    "a language that is a list": document(metadata={"language_info": []}, cells=[code()]),
    "a language without a name": document(metadata={"language_info": {}}, cells=[code()]),
    "widgets without a state": document(
        metadata={"widgets": {"application/vnd.jupyter.widget-state+json": {"version": 2}}},
        cells=[code(shown(WIDGET))],
    ),
    "widgets that are empty": document(metadata={"widgets": {}}, cells=[code(shown(WIDGET))]),
    "numbers that are none": document(
        cells=[code(shown({"text/plain": float("nan")}), execution_count=float("inf"))]
    ),
    "a cell of an unknown type": document(cells=[{"cell_type": "sql", "source": "kept"}]),
    "a cell without a type": document(cells=[{"source": ["ke", "pt"]}]),
    "a cell that is a word": document(cells=["odd", code()]),
    "outputs that are a word": document(cells=[code() | {"outputs": "odd"}]),
    "an output that is a word": document(cells=[code("odd", None)]),
    "an output of an unknown type": document(cells=[code({"output_type": "new"})]),
    "data that is a list": document(cells=[code(shown([1]))]),
    "an output without data": document(cells=[code({"output_type": "display_data"})]),
    "a traceback that is nothing": document(
        cells=[code({"output_type": "error", "traceback": None})]
    ),
    "attachments that are a list": document(
        cells=[{"cell_type": "markdown", "source": "kept", "attachments": []}]
    ),
    "an attachment that is a word": document(
        cells=[{"cell_type": "markdown", "source": "kept", "attachments": {"a.png": "odd"}}]
    ),
    "a later version": document(nbformat=5, nbformat_minor=0, cells=[code()]),
    "a version in words": document(nbformat="4", cells=[code()]),
    "an unknown minor version": document(nbformat_minor=99, cells=[code()]),
    "version 3": {
        "nbformat": 3,
        "metadata": {},
        "worksheets": [
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "input": ["kept"],
                        "language": "python",
                        "outputs": [{"output_type": "pyout", "text": "4", "prompt_number": 1}],
                        "prompt_number": 1,
                    },
                    {"cell_type": "heading", "level": 2, "source": "Title"},
                ]
            }
        ],
    },
    "version 3 without worksheets": {"nbformat": 3, "cells": [code()]},
}


def exported(work, content, name="n.ipynb"):
    work.mkdir(exist_ok=True)
    (work / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return program.documents(work, program.find(work, name))


@pytest.mark.parametrize("what", ODD)
def test_an_odd_notebook_is_exported(tmp_path, what):
    made = exported(tmp_path, json.dumps(ODD[what]))
    assert "unreadable" not in made
    assert "kept" in made["html"]


def test_half_an_emoji_becomes_a_replacement_character(tmp_path):
    cells = f'[{{"cell_type": "code", "source": "kept {HALF}!", "outputs": []}}]'
    made = exported(tmp_path, f'{{"nbformat": 4, "metadata": {{}}, "cells": {cells}}}')
    made["html"].encode()
    assert "\ufffd" in made["html"]


def test_an_emoji_of_two_halves_stays_whole(tmp_path):
    cells = '[{"cell_type": "markdown", "source": ["\\ud83d", "\\ude00"]}]'
    made = exported(tmp_path, f'{{"nbformat": 4, "metadata": {{}}, "cells": {cells}}}')
    assert "😀" in made["html"]


def test_a_byte_order_mark_is_no_hindrance(tmp_path):
    made = exported(tmp_path, b"\xef\xbb\xbf" + json.dumps(document(cells=[code()])).encode())
    assert "kept" in made["html"]


WHOLE = json.dumps(document(cells=[code()]), ensure_ascii=False, indent=1)
DAMAGED = {
    "empty": ["", " \n", "\ufeff", "\0" * 200],
    "cut-off": [WHOLE[: len(WHOLE) // 2], WHOLE[:-1], WHOLE[:-40], '{"cells": [{"source": "\\u12'],
    "conflict": [
        WHOLE.replace(
            '"nbformat"', '\n<<<<<<< HEAD\n"nbformat"\n=======\n>>>>>>> other\n"nbformat"'
        ),
    ],
    "encoding": [WHOLE.replace("kept", "한글").encode("cp949"), WHOLE.encode("utf-16")],
    "not-a-notebook": ["[]", "3", "hello", "{}", '{"cells": 3}', "<html></html>", "[" * 100_000],
}


@pytest.mark.parametrize(
    ("kind", "content"), [(kind, each) for kind, found in DAMAGED.items() for each in found]
)
def test_what_can_not_be_read_is_named_by_its_damage(tmp_path, kind, content):
    made = exported(tmp_path, content)
    assert made == {"path": "n.ipynb", "unreadable": kind}


def test_a_file_beyond_the_limit_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(saved_notebook, "LARGEST", 10)
    assert exported(tmp_path, WHOLE)["unreadable"] == "too-large"


def test_a_notebook_that_nbconvert_can_not_draw_is_named_so(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise AttributeError("'list' object has no attribute 'x'")

    monkeypatch.setattr(nbconvert.HTMLExporter, "from_notebook_node", fail)
    assert exported(tmp_path, WHOLE) == {"path": "n.ipynb", "unreadable": "not-drawn"}


def test_a_picture_that_is_a_folder_does_not_stop_the_export(tmp_path):
    cell = {"cell_type": "markdown", "source": "kept ![picture](.)"}
    assert "kept" in exported(tmp_path, json.dumps(document(cells=[cell])))["html"]


NAMES = {
    "보고서.ipynb".encode("cp949"): "보고서.ipynb",
    "résumé.ipynb".encode("latin-1"): "r\ufffdsum\ufffd.ipynb",
    "folder-é".encode("latin-1") + b"/a.ipynb": "folder-\ufffd/a.ipynb",
}


@pytest.mark.skipif(os.name == "nt", reason="Windows stores names as Unicode")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_another_encoding_is_listed_and_found_by_what_is_shown(tmp_path, name):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.parent.mkdir(exist_ok=True)
    path.write_text(WHOLE)
    assert program.notebooks(tmp_path) == [NAMES[name]]
    found = program.find(tmp_path, NAMES[name])
    assert found == path
    made = program.documents(tmp_path, found)
    assert made["path"] == NAMES[name]
    made["html"].encode()


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("a b.ipynb", "a b"),
        ("UPPER.IPYNB", "UPPER.IPYNB"),
        ("UPPER.IPYNB", "upper"),
        (unicodedata.normalize("NFD", "보고서.ipynb"), "보고서.ipynb"),
        ("deep/er/보고서.ipynb", unicodedata.normalize("NFD", "보고서")),
        ("names/@bob.ipynb", "names/@bob.ipynb"),
        ("names/@bob.ipynb", "@bob"),
        ("bob's “own” – notes.ipynb", 'bob\'s "own" - notes.ipynb'),
        ("two  spaces.ipynb", "two spaces.ipynb"),
    ],
)
def test_a_notebook_is_found_as_members_type_its_name(tmp_path, stored, asked):
    path = tmp_path / stored
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(WHOLE)
    assert program.find(tmp_path, asked) == path


def test_of_two_similar_names_the_exact_one_is_meant(tmp_path):
    for name in ("a.ipynb", "A.ipynb", "x/b.ipynb", "y/b.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(WHOLE)
    assert program.find(tmp_path, "A") == tmp_path / "A.ipynb"
    assert program.find(tmp_path, "b") is None
    assert program.find(tmp_path, "x/b") == tmp_path / "x/b.ipynb"


def test_links_and_dots_that_lead_out_find_nothing(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "secret.ipynb").write_text(WHOLE)
    (work / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    assert program.notebooks(work) == []
    assert program.find(work, "../secret.ipynb") is None
    assert program.find(work, "link.ipynb") is None


def test_a_file_as_it_is_comes_in_base64(tmp_path):
    made = program.answer({"do": "file", "work": str(tmp_path), "notebook": "n"})
    assert made == {"unknown": []}
    (tmp_path / "n.ipynb").write_text(WHOLE)
    made = program.answer({"do": "file", "work": str(tmp_path), "notebook": "n"})
    assert program.base64.b64decode(made["file"]) == WHOLE.encode()
    assert made["path"] == "n.ipynb"
