"""Numbers for Prometheus: what was asked, how fast Slack was answered, what came of it.

The audit trail feeds them, so that a dashboard and the table of events agree.
"""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.model import Event, Server
from provisioning.store import SqlStore

ACK_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Seconds; Slack gives up at 3."""
READY_BUCKETS = (15, 30, 60, 90, 120, 180, 300, 600, 1200)


class Metrics:
    """All of the bot's numbers, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ack = Histogram(
            "notebook_bot_ack_seconds",
            "From a command's arrival to its acknowledgement.",
            ("subcommand",),
            buckets=ACK_BUCKETS,
            registry=self.registry,
        )
        self._events = Counter(
            "notebook_bot_events",
            "Lines of the audit trail.",
            ("action", "result"),
            registry=self.registry,
        )
        self._ready = Histogram(
            "notebook_bot_ready_seconds",
            "From a request to a notebook that answers.",
            ("platform",),
            buckets=READY_BUCKETS,
            registry=self.registry,
        )
        self.tasks = Gauge(
            "notebook_bot_tasks", "Work in flight after its answer.", registry=self.registry
        )

    def acknowledged(self, subcommand: str, seconds: float) -> None:
        """Count a command by how fast it was answered."""
        self._ack.labels(subcommand).observe(seconds)

    def happened(self, event: Event, server: Server | None = None) -> None:
        """Count a line of the audit trail; `server` as it is after it."""
        self._events.labels(event.action, event.result).inc()
        if event.action == "ready" and server is not None and server.ready_at is not None:
            seconds = (server.ready_at - server.created_at).total_seconds()
            self._ready.labels(server.platform).observe(seconds)


class MeteredStore(SqlStore):
    """The store, counting what it writes down."""

    def __init__(self, engine: AsyncEngine, metrics: Metrics) -> None:
        super().__init__(engine)
        self._metrics = metrics

    async def add_server(self, server: Server, event: Event) -> tuple[Server, bool]:
        """See `Store.add_server`."""
        row, is_new = await super().add_server(server, event)
        if is_new:
            self._metrics.happened(event, row)
        return row, is_new

    async def update(
        self, server_id: str, generation: int, event: Event | None = None, /, **changes: object
    ) -> Server | None:
        """See `Store.update`."""
        row = await super().update(server_id, generation, event, **changes)
        if row is not None and event is not None:
            self._metrics.happened(event, row)
        return row

    async def record(self, event: Event) -> None:
        """See `Store.record`."""
        await super().record(event)
        self._metrics.happened(event)


class MetricsServer:
    """`/metrics` on loopback, for a collector on the same computer."""

    def __init__(self, metrics: Metrics, port: int) -> None:
        self._metrics = metrics
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that it listens on, also where any free one was asked for (0)."""
        if self._runner is None:
            return self._port
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Listen."""
        application = web.Application()
        application.router.add_get("/metrics", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, _request: web.Request) -> web.Response:
        body = generate_latest(self._metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
