"""From what was missed to an alias: what the operator sees, decides and gets."""

from datetime import timedelta

from bot.clock import SystemClock
from storage.engine import open_engine
from storage.unit_of_work import UnitOfWork
from tests.support.command_line import Kebao

TRADEMARK = "05.05.01"


def missed(*said: str, days_ago: int = 1) -> None:
    """Each was said by somebody else, who then had a trademark registered."""
    at = SystemClock().now() - timedelta(days=days_ago)
    engine = open_engine("sqlite:///kebao.db")
    with engine.begin() as conn:
        uow = UnitOfWork(conn)
        for words in said:
            person = uow.parties.add_person("", at)
            uow.utterances.add(
                person, said=f"{words}啊", told=words, decision="none", offered=(), now=at
            )
            later = uow.utterances.add(
                person, said="商标", told="商标", decision="match", offered=(TRADEMARK,), now=at
            )
            uow.utterances.settle(later, person, TRADEMARK, at)
    engine.dispose()


def test_missed_reported_learnt_found(stocked: Kebao) -> None:
    missed("给厂牌上个户口", "厂牌上个户口本")
    assert stocked("match", "给厂牌上个户口", "--json").rows[0]["decision"] == "none"

    (pile,) = stocked("catalog", "missed", "--json").rows
    assert (pile["times"], pile["people"]) == (2, 2)
    assert pile["services"] == [{"code": TRADEMARK, "name": "商标注册代理", "times": 2}]
    alias = pile["aliases"][0]
    assert alias == {"alias": "厂牌上个户口", "times": 2}
    words = stocked("catalog", "missed").out
    assert f'kebao catalog learn {TRADEMARK} "厂牌上个户口"' in words

    learnt = stocked("catalog", "learn", TRADEMARK, alias["alias"], "--json")
    assert learnt.rows == [{"code": TRADEMARK, "name": "商标注册代理", "alias": "厂牌上个户口"}]

    (found,) = stocked("match", "给厂牌上个户口", "--json").rows
    assert found["decision"] == "match"
    assert found["services"][0]["code"] == TRADEMARK
    assert stocked("catalog", "missed", "--json").rows[0]["aliases"] != [alias]


def test_an_alias_that_belongs_to_another_service_is_refused(stocked: Kebao) -> None:
    for alias, reason in (
        ("科技查新", "08.01.01 科技查新 is called so already"),
        ("发明专利申请怎么写", "it is closer to 05."),
        ("注册商标", f"{TRADEMARK} 商标注册代理 is called so already"),
        ("打13878123456", "reach somebody"),
    ):
        result = stocked("catalog", "learn", TRADEMARK, alias)
        assert (result.code, result.out) == (1, ""), alias
        assert reason in result.err


def test_a_wrong_call_is_explained(stocked: Kebao) -> None:
    for arguments, reason in (
        ((TRADEMARK, "！"), "must have 2 to 30 letters"),
        (("99.99.99", "厂牌户口"), "no service has the code 99.99.99"),
    ):
        result = stocked("catalog", "learn", *arguments)
        assert result.code == 2
        assert reason in result.err
    assert stocked("catalog", "missed", "--since", "0").code == 2


def test_only_what_was_missed_lately_is_reported(stocked: Kebao) -> None:
    missed("给厂牌上个户口", days_ago=40)

    nothing = stocked("catalog", "missed")
    assert (nothing.code, nothing.out) == (0, "")
    assert "nothing was missed or corrected in 30 days" in nothing.err
    assert len(stocked("catalog", "missed", "--since", "60", "--json").rows) == 1
