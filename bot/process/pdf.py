"""PDF of HTML by WeasyPrint, in a process of its own.

`python -m bot.process.pdf < page.html`. The first line of its output has two numbers: formulas that
stay as typed, and tables that are cut off. The PDF follows.

The process lays out what members' notebooks show. Its memory and time are limited, it has none of
the bot's secrets in its environment, and it opens no file and no address: only what is in the
document itself.
"""

import asyncio
import os
import resource
import sys
from pathlib import Path

from typing_extensions import override

from bot.process.paper import for_paper
from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
from provisioning.notebooks.export import Printed, Printer

SECONDS = 90.0
_AT_ONCE = 2
MEMORY = 2 * 1024**3
LARGEST = 64 * 1024 * 1024
_STYLE = Path(__file__).with_name("print.css")
_NO_WEASYPRINT, _NO_PANGO = 3, 4
_IMPOSSIBLE = {
    _NO_WEASYPRINT: N_(
        "The bot is installed without PDF support. Your admin can add it: "
        "`pip install 'notebook-bot[pdf]'`."
    ),
    _NO_PANGO: N_("The bot's computer lacks the Pango library. Your admin can install it."),
}
"""The exit status of a computer that can't make any PDF, and the reason as people read it."""


_NAMES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH")
_PREFIXES = ("FONTCONFIG_", "XDG_")


def clean_environment() -> dict[str, str]:
    """Return what the process needs of the bot's environment: paths and fonts, no secret."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _NAMES or name.startswith(_PREFIXES)
    }


class PdfPrinter(Printer):
    """WeasyPrint in a process of its own. A few documents at a time: others wait."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._slots = asyncio.Semaphore(_AT_ONCE)

    @override
    async def pdf(self, document: str) -> Printed:
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.process.pdf"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=clean_environment(),
            )
            try:
                async with asyncio.timeout(self._seconds):
                    made, _errors = await process.communicate(document.encode())
            except TimeoutError:
                raise PermanentError(
                    N_("The PDF took longer than {seconds} seconds.", seconds=round(self._seconds)),
                    "PdfTooSlow",
                ) from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode in _IMPOSSIBLE:
            raise PermanentError(_IMPOSSIBLE[process.returncode], "PdfNotPossible")
        numbers, _, content = made.partition(b"\n")
        if process.returncode != 0 or not content.startswith(b"%PDF"):
            raise PermanentError(N_("The notebook is too large for a PDF."), "PdfFailed")
        formulas, tables = map(int, numbers.split())
        return Printed(content, formulas_left=formulas, tables_cut=tables)


def main() -> int:
    """Convert standard input to standard output, and return the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS) + 5))
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415 - it looks for Pango as it is imported
        from weasyprint.urls import URLFetcher  # noqa: PLC0415

        from bot.process.formulas import draw_formulas  # noqa: PLC0415
    except ImportError:
        return _NO_WEASYPRINT
    except OSError:
        return _NO_PANGO
    document = sys.stdin.buffer.read(LARGEST).decode(errors="replace")
    inside = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    page = HTML(string=document, url_fetcher=inside, base_url=None)
    sheet, cut = for_paper(page.etree_element)
    left = draw_formulas(page.etree_element)
    style = CSS(string=_STYLE.read_text(encoding="utf-8") + sheet, url_fetcher=inside)
    made = page.write_pdf(stylesheets=[style])
    sys.stdout.buffer.write(b"%d %d\n" % (left, cut) + made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
