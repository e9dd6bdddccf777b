"""JupyterLab's own menu of export formats: each one that it shows makes a file."""

import json

NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"language_info": {"name": "python", "file_extension": ".py"}},
    "cells": [
        {"id": "a", "cell_type": "markdown", "metadata": {}, "source": "# 제목\n\n$x^2$"},
        {
            "id": "b",
            "cell_type": "code",
            "metadata": {},
            "source": "1 + 1",
            "execution_count": 1,
            "outputs": [],
        },
    ],
}
NOT_IN_THE_MENU = {"custom"}
"""JupyterLab leaves it out by itself: it needs a template of one's own."""
NEED_MORE_PROGRAMS = {"pdf", "webpdf", "qtpdf", "qtpng", "latex", "asciidoc", "rst"}


async def test_no_format_of_the_menu_ends_in_an_error_page(server):
    server.plant()
    (server.folder / "work/보고서 1.ipynb").write_text(json.dumps(NOTEBOOK))
    async with server.browser() as browser:
        await browser.enter()
        formats = await (await browser.request("GET", "/api/nbconvert")).json()
        assert {"html", "markdown", "script", "slides"} <= set(formats)
        assert not NEED_MORE_PROGRAMS & set(formats)
        for name in set(formats) - NOT_IN_THE_MENU:
            path = f"/nbconvert/{name}/보고서 1.ipynb?download=true"
            answer = await browser.request("GET", path, headers=browser.xsrf())
            assert answer.status == 200, (name, await answer.text())
