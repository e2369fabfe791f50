"""Who takes part: a person has many accounts and may buy, provide or serve as staff."""

from dataclasses import dataclass
from enum import StrEnum


class StaffRole(StrEnum):
    SERVICE_CENTER = "service_center"
    OFFICE = "office"
    EXPERT = "expert"
    COUNCIL = "council"


@dataclass(frozen=True, slots=True)
class Sender:
    """The person speaking, as far as bound accounts say: never as far as a text claims."""

    id: int
    name: str
    provider_id: int | None = None
    staff_role: StaffRole | None = None

    @property
    def is_staff(self) -> bool:
        return self.staff_role is not None and not self.is_expert

    @property
    def is_expert(self) -> bool:
        """From outside: judges what they are asked to judge, and sees nothing else."""
        return self.staff_role is StaffRole.EXPERT

    @property
    def is_provider(self) -> bool:
        return self.provider_id is not None
