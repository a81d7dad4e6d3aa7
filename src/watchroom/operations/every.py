"""Every operation by its name, so that a command does the same whichever way it goes.

Called by `app`, which serves them on the control socket, and by `shell`, which does them itself while no server runs.
"""

from watchroom.control import Handler, handler
from watchroom.operations import access, directory, past, people, profile, search, senders, whole_record
from watchroom.operations.desk import Desk, Operation

OPERATIONS: dict[str, Operation] = {
    **access.OPERATIONS,
    **people.OPERATIONS,
    **senders.OPERATIONS,
    **past.OPERATIONS,
    **directory.OPERATIONS,
    **profile.OPERATIONS,
    **search.OPERATIONS,
    **whole_record.OPERATIONS,
}


def handlers(desk: Desk) -> dict[str, Handler]:
    """What a control socket needs to serve this desk."""

    def bound(operation: Operation) -> Handler:
        async def work(params: object) -> object:
            return await operation.work(desk, params)

        return handler(operation.params, work)

    return {name: bound(operation) for name, operation in OPERATIONS.items()}
