"""What the history says, and tasks that the clock would open in days."""

from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat


async def steps_of(chat: Chat, subject: str) -> list[tuple[str, str]]:
    """(step, note) of a subject, in order."""

    def look(uow: UnitOfWork) -> list[tuple[str, str]]:
        return [(entry.step, entry.note) for entry in uow.history.after([subject], 0)]

    return await chat.runner.read(look)


async def open_call(chat: Chat, subject: str, *, note: str) -> None:
    """The staff are asked to telephone somebody, as after a reminder that did not arrive."""
    await chat.runner.run(
        lambda uow: uow.tasks.open("call", subject, chat.clock.now(), note=note, urgency=0)
    )
