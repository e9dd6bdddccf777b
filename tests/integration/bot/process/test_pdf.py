"""PDF files of a notebook's HTML: searchable, with pictures, without local files."""

import asyncio
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
    return PdfReader(io.BytesIO(made.content))


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
        "from xml.etree.ElementTree import Element\n"
        "def CSS(**_options): pass\n"
        "class HTML:\n"
        "    def __init__(self, **_options): self.etree_element = Element('html')\n"
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
    shown = json.loads((await PdfPrinter().pdf(page("x"))).content[4:])
    assert "secret" not in str(shown).replace(str(tmp_path), "")
    assert shown["PATH"] == os.environ["PATH"]


def table(columns):
    heads = "".join(f"<th>column {each}</th>" for each in range(columns))
    cells = "".join(f"<td>{each}12.345</td>" for each in range(columns))
    rows = f"<tr>{heads}</tr><tr>{cells}</tr>"
    return f'<div class="jp-Cell"><table class="dataframe">{rows}</table></div>'


def edges(sheet):
    """Return the page's width, and the left end of its rightmost text, in points."""
    ends = []

    def visit(text, _matrix, place, *_font):
        if text.strip() and " / " not in text:  # the page's number stands in the margin
            ends.append(place[4])

    sheet.extract_text(visitor_text=visit)
    return float(sheet.mediabox.width), max(ends)


@pytest.mark.parametrize(
    "columns", [5, 40, *(pytest.param(each, marks=pytest.mark.long) for each in (12, 20, 120))]
)
async def test_all_columns_of_a_wide_table_are_on_the_page(columns):
    made = await PdfPrinter().pdf(page(f"<p>before</p>{table(columns)}<p>after</p>"))
    (sheet,) = [each for each in read(made).pages if "column 0" in each.extract_text()]
    words = " ".join(sheet.extract_text().split())
    assert f"{columns - 1}12.345" in words
    width, rightmost = edges(sheet)
    assert rightmost < width - 40, "inside the margin"
    assert made.tables_cut == 0


async def test_text_beside_a_wide_table_keeps_its_usual_page():
    cells = f'<div class="jp-Cell">before</div>{table(40)}<div class="jp-Cell">after</div>'
    sheets = read(await PdfPrinter().pdf(page(cells))).pages
    widths = [round(float(each.mediabox.width)) for each in sheets]
    assert (widths[0], widths[-1]) == (595, 595)
    assert max(widths) > 1_000


async def test_a_table_wider_than_any_page_is_counted():
    assert (await PdfPrinter().pdf(page(table(900)))).tables_cut == 1


async def test_a_long_word_in_a_table_is_wrapped():
    address = "https://example.com/" + "a" * 600
    made = await PdfPrinter().pdf(page(f"<table><tr><td>name</td><td>{address}</td></tr></table>"))
    (sheet,) = read(made).pages
    lines = [each for each in sheet.extract_text().splitlines() if "aaa" in each]
    assert len(lines) > 3
    assert max(map(len, lines)) < 200


async def test_formulas_are_drawn_and_code_and_prices_stay():
    body = (
        r"<p>inline $E = mc^2$ and \(a_1\)</p><p>$$\sum_{i=0}^\infty x^i$$</p>"
        r"<p>\begin{align}a &amp;= b \\ c &amp;= \begin{pmatrix}1 &amp; 2\end{pmatrix}"
        r"\end{align}</p>"
        r"<pre>print('$x$')</pre><p>It costs $5 and $6.</p><p>broken $\frac{1}$ $\text{한글}$</p>"
    )
    made = await PdfPrinter().pdf(page(body))
    text = read(made).pages[0].extract_text()
    for drawn in ("mc^2", "a_1", "sum", "begin"):
        assert drawn not in text
    for kept in ("print('$x$')", "It costs $5 and $6.", r"$\frac{1}$"):
        assert kept in text
    assert made.formulas_left == 2
    alone = await PdfPrinter().pdf(page("<p>a $ alone</p>"))
    assert "a $ alone" in read(alone).pages[0].extract_text()


async def test_what_is_for_the_screen_is_not_on_paper():
    made = await PdfPrinter().pdf(
        page("<style>p { display: none } @page { size: 1cm }</style><p>here</p>")
    )
    assert "here" in read(made).pages[0].extract_text()


async def test_a_slow_pdf_leaves_room_for_those_of_other_members(tmp_path, monkeypatch):
    """The stand-in for WeasyPrint takes a minute for a page with the word "slow"."""
    module = tmp_path / "weasyprint"
    module.mkdir()
    (module / "urls.py").write_text("def URLFetcher(**_options): pass")
    (module / "__init__.py").write_text(
        "import time\n"
        "from xml.etree.ElementTree import Element\n"
        "def CSS(**_options): pass\n"
        "class HTML:\n"
        "    def __init__(self, string, **_options):\n"
        "        self.is_slow, self.etree_element = 'slow' in string, Element('html')\n"
        "    def write_pdf(self, **_options):\n"
        "        time.sleep(60 if self.is_slow else 0)\n"
        "        return b'%PDF'\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    printer = PdfPrinter()
    slow = asyncio.create_task(printer.pdf(page("slow")))
    for _ in range(3):
        assert (await printer.pdf(page("quick"))).content == b"%PDF"
    assert not slow.done()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
