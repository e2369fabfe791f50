"""验证 R20481: whether a receipt is ours, what it states, and that nothing was altered."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.receipts import doubt, verify
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import receipts as zh
from market.parties import Sender
from market.receipts import Receipt, short
from storage.unit_of_work import UnitOfWork

router = Router("receipts")


@dataclass(frozen=True, slots=True)
class Verify:
    number: int
    hash: str = ""  # lower case, whole or short, as somebody holds it


_VERIFY = re.compile(
    r"^(?:验证|核对|查验)\s*(?:收据号?|凭证号?)?\s*R?[- ]?(\d{1,12})"
    r"(?:[\s,，:：]*(?:的?全?指纹[是为:：]?)?\s*([0-9A-F]{64}|[0-9A-F]{4}\s?[·.・-]?\s?[0-9A-F]{4}))?$"
)


def parse_verify(heard: Heard) -> Verify | None:
    """ "验证 R20481", "验证 R20481 7f3a·91c2", or with the whole hash."""
    found = _VERIFY.match(heard.command)
    if found is None:
        return None
    return Verify(int(found[1]), re.sub(r"[^0-9a-f]", "", (found[2] or "").lower()))


def may_read(receipt: Receipt, sender: Sender) -> bool:
    concerned = receipt.movement.concerns(person_id=sender.id, provider_id=sender.provider_id)
    return concerned or sender.is_staff


@router.on(parse_verify)
def verify_receipt(
    said: Verify, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """Somebody else's reads like one that is not there, unless they know its whole hash."""
    receipt = uow.receipts.find(said.number)
    concerned = receipt is not None and may_read(receipt, sender)
    if receipt is None or not (concerned or said.hash == receipt.hash):
        say(zh.unknown(said.number))
        return
    verified = verify(uow, receipt)
    if not verified.holds:
        doubt(uow, receipt, now)
        say(zh.broken(receipt, unaltered=verified.unaltered))
    elif not concerned:
        say(zh.confirmed(receipt))
    elif said.hash and said.hash not in {receipt.hash, short(receipt.hash).replace("·", "")}:
        say(zh.differs(receipt))
    else:
        say(
            zh.holds(
                receipt,
                linked_to=verified.linked_to,
                published=verified.root.at if verified.root else None,
                typed=bool(said.hash),
                zone=desk.zone,
            )
        )
