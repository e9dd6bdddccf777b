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
