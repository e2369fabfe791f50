"""The schedule of fees as the operator writes it: tables [[market.fees]]."""

from bot.sections import Section, shown
from market.fees import NO_CAP, Fee, Rule, Schedule
from market.modes import PROCESSES
from market.money import BP

_YUAN = 100  # fen
_MOST = 10**11  # yuan: as large as any budget
MOST_RULES = 200


def read_fees(market: Section) -> tuple[Rule, ...]:
    """The rules of the section's `fees`; every problem names the table by its place and key."""
    tables = market.peek("fees")
    if tables is None:
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        market.problem("fees", f"must be tables [[market.fees]], not {shown(tables)}")
        return ()
    if len(tables) > MOST_RULES:
        market.problem("fees", f"has {len(tables)} tables; at most {MOST_RULES} are read")
        return ()
    rules = tuple(_rule(market.part(f"fees {at}", table)) for at, table in enumerate(tables, 1))
    seen: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            market.problem("fees", f'has two tables with the name "{rule.name}"')
        seen.add(rule.name)
    for one, other in Schedule(Fee(0), rules).conflicts():
        market.problem(
            "fees",
            f'"{one.name}" and "{other.name}" can both fit one deal and neither is more specific; '
            "add a condition to one of them",
        )
    return rules


def _rule(section: Section) -> Rule:
    def yuan(key: str, default: int) -> int:
        return section.integer(key, default // _YUAN, low=0, high=_MOST) * _YUAN

    below, most = yuan("below_yuan", NO_CAP), yuan("most_yuan", NO_CAP)
    rule = Rule(
        Fee(
            section.integer("commission_bp", -1, low=0, high=BP),
            least_fen=yuan("least_yuan", 0),
            most_fen=most,
            name=section.text("name"),
        ),
        service_code=section.text("service", ""),
        service_class=section.text("class", ""),
        mode=section.text("mode", "", choices=("", *PROCESSES)),
        from_fen=yuan("from_yuan", 0),
        below_fen=below,
    )
    if rule.fee.rate_bp < 0:
        section.problem("commission_bp", "is missing")
    if rule.from_fen >= rule.below_fen:
        section.problem("from_yuan", "must be less than below_yuan")
    if rule.fee.least_fen > rule.fee.most_fen:
        section.problem("least_yuan", "must not be more than most_yuan")
    if not any(rule.rank):
        section.problem(
            "name", "has no condition; the rate of everything else is [market] commission_bp"
        )
    section.finish()
    return rule
