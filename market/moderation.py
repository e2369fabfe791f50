"""What a demand may not promise or ask for, and what it can say instead."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from market.demands import Terms

# Nobody can promise what an authority decides: (the words, what may be said instead).
FORBIDDEN: tuple[tuple[str, str], ...] = (
    (r"(?:保证|确保|承诺|保|包)(?:能)?授权", "提交并答复审查意见"),
    (r"(?:保证|确保|承诺)(?:能|一次)?(?:通过|过审|获批|拿到?证|下证)", "按要求准备并提交材料"),
    (r"百分百(?:能)?(?:通过|过|授权)|100%(?:能)?(?:通过|过|授权)", "按要求准备并提交材料"),
    (r"(?<![打外承面钱书])包(?:通过|过)(?![程滤户])", "按要求准备并提交材料"),
    (r"(?<!确)保(?:通过|过)(?![程滤户])", "按要求准备并提交材料"),
    (r"(?<![打外承面钱书])包(?:下证|拿证|出证|取证)|保(?:下证|拿证)", "办理至主管部门出具结论"),
    (r"(?:保证|确保|包|保)(?:能)?(?:中标|立项|入库)", "按要求编制并提交申报书"),
    (r"(?:不过|不通过|不授权)(?:就)?(?:包|全额)?退(?:全)?款", "退款按平台规则，由验收和申诉决定"),
    (r"(?:有|走|找|托)(?:内部)?关系", "按公开流程办理"),
    (r"代写(?:毕业)?论文", "论文润色与格式指导"),
    (r"(?:买|购买|挂靠)(?:证书?|资质|专利充数)", "办理本单位的证书与资质"),
)  # fmt: skip

_PATTERNS = tuple((re.compile(pattern), instead) for pattern, instead in FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words that may not be published, and the words for what can be had."""

    words: str
    instead: str


def doubts(terms: Terms) -> tuple[Doubt, ...]:
    """Every forbidden promise in the text and the details, once, in the order they stand."""
    found = dict.fromkeys(
        doubt for text in (terms.text, *terms.details) for doubt in _doubts_in(text)
    )
    return tuple(found)


def reworded(terms: Terms) -> Terms:
    """The terms with every forbidden promise replaced; without one, the terms themselves."""
    if not doubts(terms):
        return terms
    return replace(terms, text=_replaced(terms.text), details=tuple(map(_replaced, terms.details)))


def completeness(terms: Terms) -> int:
    """How many percent of what providers ask about is known."""
    known = (
        terms.service_code is not None,
        terms.budget_min_fen is not None or terms.budget_max_fen is not None,
        bool(terms.region),
        terms.needed_by is not None,
        bool(terms.details),
    )
    return 100 * sum(known) // len(known)


def _doubts_in(text: str) -> Iterator[Doubt]:
    found = [
        (match.start(), Doubt(match.group(), instead))
        for pattern, instead in _PATTERNS
        for match in pattern.finditer(text)
    ]
    for _, doubt in sorted(found, key=lambda pair: pair[0]):
        yield doubt


def _replaced(text: str) -> str:
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
