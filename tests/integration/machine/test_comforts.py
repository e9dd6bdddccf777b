"""What JupyterLab shows beside the notebooks: memory and CPU, and Korean."""


async def test_the_status_bar_has_the_memory_and_the_cpu(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        answer = await browser.get("/api/metrics/v1")
        shown = await answer.json()
    assert shown["rss"] > 10_000_000
    assert "cpu_percent" in shown


async def test_jupyterlab_speaks_korean(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        languages = (await (await browser.get("/lab/api/translations/")).json())["data"]
        assert {"en", "ko_KR"} <= set(languages)
        korean = await (await browser.get("/lab/api/translations/ko_KR")).json()
    assert "Cancel" in str(korean["data"])


async def test_plots_of_a_kernel_have_their_parts_in_the_browser(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        page = await (await browser.get("/lab")).text()
    for part in ("jupyterlab-plotly", "jupyter-matplotlib", "anywidget"):
        assert f'"{part}"' in page


def test_the_servers_environment_is_small_and_compiled(environments):
    folder = environments.server.resolve()
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < 120_000_000
    (module,) = folder.glob("lib/python3*/site-packages/jupyterlab/labapp.py")
    assert list((module.parent / "__pycache__").glob("labapp.*.pyc"))
