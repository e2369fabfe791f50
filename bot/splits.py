"""Who has a part of the commission, as the operator writes it: tables [[market.splits]]."""

from bot.sections import Section, shown
from market.modes import PROCESSES
from market.money import BP
from market.splits import SplitRule

MOST_RULES = 100


def read_splits(market: Section) -> tuple[SplitRule, ...]:
    """The rules of the section's `splits`; every problem names the table by its place and key."""
    tables = market.peek("splits")
    if tables is None:
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        market.problem("splits", f"must be tables [[market.splits]], not {shown(tables)}")
        return ()
    if len(tables) > MOST_RULES:
        market.problem("splits", f"has {len(tables)} tables; at most {MOST_RULES} are read")
        return ()
    rules = tuple(_rule(market.part(f"splits {at}", table)) for at, table in enumerate(tables, 1))
    # All that could ever fit one deal: more cautious than need be, and never wrong.
    if sum(rule.share_bp for rule in rules if not rule.region) + max(
        (sum(one.share_bp for one in rules if one.region and one.region in rule.region)
         for rule in rules if rule.region),
        default=0,
    ) > BP:  # fmt: skip
        market.problem("splits", "give away more than the whole commission of one deal")
    return rules


def _rule(section: Section) -> SplitRule:
    rule = SplitRule(
        name=section.text("name"),
        provider=section.text("provider"),
        share_bp=section.integer("share_bp", 0, low=1, high=BP),
        region=section.text("region", ""),
        service_class=section.text("class", ""),
        mode=section.text("mode", "", choices=("", *PROCESSES)),
    )
    if rule.share_bp <= 0:
        section.problem("share_bp", "is missing")
    section.finish()
    return rule
