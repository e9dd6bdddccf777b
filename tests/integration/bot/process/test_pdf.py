"""PDF files of a notebook's HTML: searchable, with pictures, without local files."""

import base64
import io
import json
import os
import subprocess

import pytest
from pypdf import PdfReader

from bot.process.pdf import PdfPrinter
from provisioning.core.errors import PermanentError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)


def page(body):
    return f"<!doctype html><html><head><title>x</title></head><body>{body}</body></html>"


def read(made):
    return PdfReader(io.BytesIO(made))


def require_korean_font():
    listed = subprocess.run(
        ["fc-list", ":lang=ko"], capture_output=True, text=True, check=False
    ).stdout
    if not listed:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs a font with Korean")
        pytest.skip("there is no font with Korean on this computer")


async def test_text_of_any_script_can_be_searched():
    require_korean_font()
    made = await PdfPrinter().pdf(page("<h1>매출 분석</h1><p>Größe, привет</p>"))
    reader = read(made)
    text = reader.pages[0].extract_text()
    for words in ("매출 분석", "Größe", "привет"):
        assert words in text
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    assert all("/DescendantFonts" in font.get_object() for font in fonts), "embedded, by glyph"


async def test_a_pdf_has_the_pictures():
    data = base64.b64encode(PIXEL).decode()
    made = await PdfPrinter().pdf(page(f'<img src="data:image/png;base64,{data}">{SVG}'))
    assert len(read(made).pages[0].images) == 1


async def test_no_local_file_is_drawn(tmp_path):
    picture, style = tmp_path / "p.png", tmp_path / "s.css"
    picture.write_bytes(PIXEL)
    style.write_text("p::after { content: 'from a file' }")
    body = (
        f'<img src="{picture.as_uri()}"><link rel="stylesheet" href="{style.as_uri()}">'
        f'<img src="http://127.0.0.1:9/x.png"><style>@import "{style.as_uri()}";</style>'
        f'<iframe src="/etc/passwd"></iframe><object data="{picture.as_uri()}"></object><p>end</p>'
        f'<a rel="attachment" href="{style.as_uri()}">attached</a>'
    )
    reader = read(await PdfPrinter().pdf(page(body)))
    assert list(reader.pages[0].images) == []
    assert "from a file" not in reader.pages[0].extract_text()
    assert "end" in reader.pages[0].extract_text()
    assert not reader.attachments


async def test_a_slow_pdf_is_cancelled():
    with pytest.raises(PermanentError) as refused:
        await PdfPrinter(seconds=0.05).pdf(page("<p>x</p>"))
    assert refused.value.code == "PdfTooSlow"


@pytest.mark.parametrize(("error", "way_out"), [("ImportError", "[pdf]"), ("OSError", "Pango")])
async def test_missing_libraries_are_named_with_their_installation(
    tmp_path, monkeypatch, error, way_out
):
    (tmp_path / "weasyprint.py").write_text(f"raise {error}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PermanentError) as failed:
        await PdfPrinter().pdf(page("<p>x</p>"))
    assert way_out in str(failed.value.reason)


async def test_the_process_has_no_secret_of_the_bot_in_its_environment(tmp_path, monkeypatch):
    """The stand-in for WeasyPrint writes its environment instead of a PDF."""
    module = tmp_path / "weasyprint"
    module.mkdir()
    (module / "urls.py").write_text("def URLFetcher(**_options): pass")
    (module / "__init__.py").write_text(
        "import json, os\n"
        "def CSS(**_options): pass\n"
        "class HTML:\n"
        "    def __init__(self, **_options): pass\n"
        "    def write_pdf(self, **_options):\n"
        "        return b'%PDF' + json.dumps(dict(os.environ)).encode()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    secrets = {
        "NOTEBOOK_BOT_SLACK__BOT_TOKEN": "xoxb-secret",
        "NOTEBOOK_BOT_AZURE__CLIENT_SECRET": "a-secret",
        "AZURE_CLIENT_SECRET": "another-secret",
        "DATABASE_PASSWORD": "a-third-secret",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    shown = json.loads((await PdfPrinter().pdf(page("x")))[4:])
    assert "secret" not in str(shown).replace(str(tmp_path), "")
    assert shown["PATH"] == os.environ["PATH"]
