"""The one way in which a callback is turned away."""


class Refused(Exception):
    """The request is not a push we accept; `status` is the whole answer it gets.

    403 the signature is absent, wrong or stale; 400 it cannot be read; 413 it is too large.
    `reason` is for our log and never holds what the request said.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
