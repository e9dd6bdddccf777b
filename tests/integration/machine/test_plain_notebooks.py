"""Exported HTML runs nothing of the notebook on its reader's computer, and still shows the work."""

import json
import subprocess
from html.parser import HTMLParser

import pytest

from .jupyter_server import MACHINE

EVIL = "alert(1)"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{EVIL}"><script>{EVIL}</script></svg>'
HOSTILE_HTML = (
    f"<script>{EVIL}</script><img src=x onerror={EVIL}><a href='javascript:{EVIL}'>a</a>"
    f"<a href='data:text/html,<script>{EVIL}</script>'>b</a>"
    f"<iframe srcdoc='<script>{EVIL}'></iframe>"
    f"<svg onload={EVIL}></svg>"
    f"<form action=x><button formaction='javascript:{EVIL}'>c</button></form>"
    f"<object data='javascript:{EVIL}'></object><style>body {{ display: none }}</style>"
    f"<script type='text/x-mathjax-config'>{EVIL}</script><base href='https://evil.example/'>"
    f"<meta http-equiv='refresh' content='0;url=https://evil.example/'><p id=kept>kept</p>"
    f"<math><mtext><table><mglyph><style><img src=x onerror={EVIL}></style></mglyph></table>"
)


def output(data, metadata=None, **more):
    found = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
    return {**found, **more}


def code(*outputs, source="1", **more):
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": source}
    return {**cell, "outputs": list(outputs), **more}


def markdown(source, **more):
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


CELLS = [
    markdown(f"# Title\n\n$E = mc^2$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n{HOSTILE_HTML}"),
    markdown(
        f"[link](javascript:{EVIL}) ![picture](attachment:p.png)",
        attachments={
            "p.png": {"image/png": PIXEL},
            f"x' onerror={EVIL} '": {"text/html": HOSTILE_HTML},
        },
    ),
    {"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": HOSTILE_HTML},
    code(
        {"output_type": "stream", "name": "stdout", "text": f"<script>{EVIL}</script>printed"},
        {"output_type": "error", "ename": HOSTILE_HTML, "evalue": "e", "traceback": [HOSTILE_HTML]},
        output({"text/html": HOSTILE_HTML, "text/plain": "plain"}),
        output(
            {
                "text/html": "<table border='1'><thead><tr><th>n</th></tr></thead>"
                "<tbody><tr><td style='color: red; position: fixed'>42</td></tr></tbody></table>"
            }
        ),
        output({"application/javascript": EVIL}),
        output({"text/vnd.mermaid": HOSTILE_HTML}),
        output({"application/vnd.jupyter.widget-view+json": {"model_id": HOSTILE_HTML}}),
        output({"image/svg+xml": SVG}),
        output({"text/latex": f"$$\\frac{{1}}{{2}}$$ {HOSTILE_HTML}"}),
        output({"image/png": PIXEL}, {"image/png": {"width": f"1 onerror={EVIL}", "height": 9}}),
        output({"image/png": f'x" onerror="{EVIL}'}),
        output({"text/markdown": f"## Result\n\n{HOSTILE_HTML}"}),
        execution_count=f"<script>{EVIL}</script>",
        source=f"print('</pre><script>{EVIL}</script>')",
        metadata={"tags": [HOSTILE_HTML], "magics_language": HOSTILE_HTML},
        id=f'" onclick="{EVIL}',
    ),
]
METADATA = {
    "title": f"</title><script>{EVIL}</script>",
    "language_info": {"name": f"python' onload={EVIL}", "pygments_lexer": "python"},
    "kernelspec": {"name": "x", "display_name": HOSTILE_HTML, "language": HOSTILE_HTML},
    "widgets": {
        "application/vnd.jupyter.widget-state+json": {
            "state": {
                "m": {
                    "model_module": "evil",
                    "model_module_version": "1",
                    "model_name": "M",
                    "state": {},
                }
            }
        }
    },
}


class Page(HTMLParser):
    """What a browser could run, and the text that it shows."""

    def __init__(self):
        super().__init__()
        self.tags, self.scripts, self.handlers, self.links, self.text = [], [], [], [], ""
        self._in_script = False

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        values = dict(attributes)
        self._in_script = tag == "script"
        if tag == "script":
            self.scripts.append((values.get("src", ""), ""))
        self.handlers += [name for name in values if name.startswith("on")]
        self.links += [
            values[name] for name in ("href", "src", "srcdoc", "action") if values.get(name)
        ]

    def handle_endtag(self, tag):
        self._in_script = False

    def handle_data(self, data):
        if self._in_script:
            self.scripts[-1] = (self.scripts[-1][0], data)
        else:
            self.text += data


def exported(folder, python, cells, metadata=None):
    notebook = {"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "work").mkdir(exist_ok=True)
    (folder / "work/n.ipynb").write_text(json.dumps(notebook))
    asked = {"do": "export", "work": str(folder / "work"), "notebook": "n.ipynb"}
    program = MACHINE / "as_user/export.py"
    done = subprocess.run(
        [python, "-I", program], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    page = Page()
    page.feed(json.loads(done.stdout)["html"])
    return page


@pytest.fixture(scope="module")
def page(tmp_path_factory, environments):
    folder = tmp_path_factory.mktemp("export")
    return exported(folder, environments.server_python, CELLS, METADATA)


@pytest.mark.long
def test_no_script_of_the_notebook_is_in_the_export(tmp_path, environments, page):
    empty = exported(tmp_path, environments.server_python, [markdown("nothing")])
    assert page.scripts == empty.scripts


def test_no_handler_frame_or_script_address_is_in_the_export(page):
    assert page.handlers == []
    assert not {"iframe", "object", "embed", "form", "base", "math"} & set(page.tags)
    assert not [
        link for link in page.links if link.lower().startswith(("javascript:", "data:text"))
    ]


def test_the_work_is_still_shown(page):
    assert {"h1", "h2", "table", "th", "td", "img", "pre"} <= set(page.tags)
    for words in ("Title", "$E = mc^2$", "kept", "42", "printed", "Result", "\\frac{1}{2}"):
        assert words in page.text
    assert any(link.startswith("data:image/png;base64,iVBOR") for link in page.links)
    assert any(link.startswith("data:image/svg+xml;base64,") for link in page.links)
    assert "What needs JavaScript here is not part of the export." in page.text
