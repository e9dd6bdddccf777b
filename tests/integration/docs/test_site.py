"""The documentation as a site: built without a warning, with every link inside it checked."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


class Links(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self):
        super().__init__()
        self.targets, self.anchors = [], set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {found["id"]} if found.get("id") else set()
        if tag == "a" and found.get("href"):
            self.targets.append(found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    zensical = Path(sys.executable).with_name("zensical")
    done = subprocess.run(
        [zensical, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "No issues found" in said
    return folder / "build" / "site"


def test_each_page_is_in_the_site(site):
    pages = {each.relative_to(ROOT / "docs") for each in (ROOT / "docs").rglob("*.md")}
    assert len(pages) > 50
    for page in pages:
        name = "index.html" if page.stem in ("README", "index") else f"{page.stem}.html"
        assert (site / page.parent / name).is_file(), page


def test_no_link_is_dead(site):
    read = {}
    for file in site.rglob("*.html"):
        read[file] = Links()
        read[file].feed(file.read_text(encoding="utf-8"))
    for file, links in read.items():
        for target in links.targets:
            if re.match(r"[a-z]+:", target) or file.name == "404.html":
                continue
            path, _, anchor = target.partition("#")
            to = (file.parent / path).resolve() if path else file
            to = to / "index.html" if to.is_dir() else to
            assert to.is_file(), f"{file.name}: {target}"
            if anchor and to in read:
                assert anchor in read[to].anchors, f"{file.name}: {target}"


def test_the_four_kinds_and_korean_are_there(site):
    for page in ("tutorials/a-team", "how-to/install", "explanation/security", "ko/members"):
        assert (site / f"{page}.html").is_file()
