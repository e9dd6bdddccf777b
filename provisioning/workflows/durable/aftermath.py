"""Run what follows a failed step, in its order: settle, notify, alert, clean up, correct.

The names of these steps are stored in the engine's history, as those of all steps.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provisioning.core.errors import HOST_KEY_CHANGED, NEEDS_ADMIN, UPDATE_FAILED
from provisioning.core.model.server import Server
from provisioning.core.ports.chat import AdminAlerts, CardMessages
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.endings import FailedStep
from provisioning.workflows.durable.steps import (
    DAY,
    Ending,
    Outcome,
    Run,
    Step,
    Workflow,
    failed_step,
)

_NEWS_PATIENCE = 120.0
"""Seconds for which Slack may refuse the news of a failure before the clean-up goes on."""


@dataclass(frozen=True)
class Aftermath:
    """What follows a failed step. `step` runs a durable step of a run."""

    store: ServerStore
    cards: CardMessages
    alerts: AdminAlerts
    step: Callable[[Run, Step], Awaitable[Outcome]]

    async def of(self, run: Run, failed: FailedStep) -> None:
        """Settle the server, notify its owner and the admins, and only then clean up.

        News that Slack did not take are sent after the clean-up, with more patience.
        """
        steps = _Steps(run.workflow, self, failed)
        news = await self.step(run, steps.give_up())
        alerted = await self.alert(run, failed, _NEWS_PATIENCE)
        cleaned = await self.step(run, steps.clean_up()) if steps.has_clean_up else None
        if cleaned is not None and cleaned["ending"] == Ending.FAILED:
            left = failed_step("clean_up", cleaned)
            await self.step(run, steps.correct(left))
            await self._needs_admin(run, left, DAY)
        elif cleaned is not None or _is_failed(news):
            await self.step(run, steps.show(anew=_is_failed(news)))
        if _is_failed(alerted):
            await self.alert(run, failed, DAY)

    async def alert(self, run: Run, failed: FailedStep, patience: float = DAY) -> Outcome | None:
        """Notify the admins of a changed host key, and of what only they can mend."""
        if failed.code == HOST_KEY_CHANGED:
            alarm = Step("alarm", self.cards.notify_host_key_changed, patience=patience)
            return await self.step(run, alarm)
        alarming = run.workflow.on_failure.alarming
        for_admins = failed.code in NEEDS_ADMIN or failed.code == UPDATE_FAILED
        if for_admins or failed.name in alarming:
            return await self._needs_admin(run, failed, patience)
        return None

    async def _needs_admin(self, run: Run, failed: FailedStep, patience: float) -> Outcome:
        async def needs_admin(server: Server) -> None:
            await self.alerts.needs_admin(failed.code, server, failed.for_admins)

        return await self.step(run, Step("needs_admin", needs_admin, patience=patience))


@dataclass(frozen=True)
class _Steps:
    """The steps after the failed step of a workflow."""

    workflow: Workflow
    aftermath: Aftermath
    failed: FailedStep

    @property
    def has_clean_up(self) -> bool:
        return self.workflow.on_failure.clean_up is not None

    def give_up(self) -> Step:
        """Return the step that writes the row's lasting state and notifies the owner."""
        on_failure, is_known = self.workflow.on_failure, list[bool]()

        async def settle(server: Server) -> None:
            is_known.append(_has_failed(server, self.workflow))
            await on_failure.settle(server, self.failed)
            anew = not (on_failure.repeats and is_known[0])
            await self._notify(server, self.failed, anew=anew)

        return Step("give_up", settle, patience=_NEWS_PATIENCE)

    def clean_up(self) -> Step:
        """Return the step that puts right what is left, if the row says so."""
        clean_up = self.workflow.on_failure.clean_up

        async def clean(server: Server) -> None:
            if clean_up is not None and server.remains is not None:
                await clean_up(server)
                await self.aftermath.store.update(server.id, server.generation, remains=None)

        return Step("clean_up", clean, patience=self.workflow.on_failure.patience)

    def correct(self, left: FailedStep) -> Step:
        """Return the step that writes what is really there after a failed clean-up."""
        correct = self.workflow.on_failure.correct

        async def write(server: Server) -> None:
            if correct is not None:
                await correct(server, left)
            await self._notify(server, left, anew=True)

        return Step("correct", write, patience=DAY)

    def show(self, *, anew: bool) -> Step:
        """Return the step that shows the end: in a new message if the news did not arrive."""

        async def show(server: Server) -> None:
            await self._notify(server, self.failed, anew=anew)

        return Step("tell_end", show, patience=DAY)

    async def _notify(self, server: Server, failed: FailedStep, *, anew: bool) -> None:
        current = await self.aftermath.store.get(server.id) or server
        if self.workflow.on_failure.notify is not None:
            await self.workflow.on_failure.notify(current, failed, anew)
        else:
            await self.aftermath.cards.update_state(current, as_new_message=anew)


def _is_failed(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome["ending"] == Ending.FAILED


def _has_failed(server: Server, workflow: Workflow) -> bool:
    return server.failure is not None and server.failure.job == workflow.name
