"""Each answer of Azure as a line of the log and a measurement, with Azure's own request id.

Microsoft's support finds a request by that id (`x-ms-request-id`).
"""

import time
from typing import Any
from urllib.parse import urlsplit

import structlog
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from prometheus_client import Histogram
from typing_extensions import override

AZURE = Histogram(
    "notebook_bot_azure_seconds",
    "Requests to Azure Resource Manager, by method and status",
    ["method", "status"],
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
_READ = "GET"
_FIRST_ERROR = 400

log = structlog.get_logger(__name__)


class RequestLog(AsyncHTTPPolicy[Any, Any]):
    """Logs changes and refusals at level info, and other reads at level debug."""

    @override
    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        began = time.perf_counter()
        method, path = request.http_request.method, urlsplit(request.http_request.url).path
        try:
            answer: PipelineResponse[Any, Any] = await self.next.send(request)
        except Exception as error:
            AZURE.labels(method, "none").observe(time.perf_counter() - began)
            log.info("Azure did not answer", method=method, path=path, error=type(error).__name__)
            raise
        status, seconds = answer.http_response.status_code, time.perf_counter() - began
        AZURE.labels(method, str(status)).observe(seconds)
        say = log.debug if method == _READ and status < _FIRST_ERROR else log.info
        say(
            "Azure answered",
            method=method,
            path=path,
            status=status,
            ms=round(seconds * 1000),
            request_id=answer.http_response.headers.get("x-ms-request-id", ""),
        )
        return answer
