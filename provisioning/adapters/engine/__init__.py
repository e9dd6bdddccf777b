"""The durable engine: the only package that imports DBOS."""

from provisioning.adapters.engine.config import EngineConfig, Schedule, history_url
from provisioning.adapters.engine.engine import HISTORY_KEPT, Engine

__all__ = ["HISTORY_KEPT", "Engine", "EngineConfig", "Schedule", "history_url"]
