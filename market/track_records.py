"""What a provider's orders here say of it: delivered in time, and how many are open."""

from dataclasses import dataclass

ENOUGH = 5  # orders that were due: a share of fewer says more of luck than of the provider


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Counts of orders. `on_time`: first delivered by the agreed day, of those that were `due`.

    Due are those that had an agreed day and were delivered, or whose day is over.
    """

    due: int = 0
    on_time: int = 0
    open_orders: int = 0  # paid, and neither delivered nor settled

    @property
    def on_time_percent(self) -> int | None:
        """Rounded down, so that 100 means all; None while too few were due."""
        if self.due < ENOUGH:
            return None
        return self.on_time * 100 // self.due
