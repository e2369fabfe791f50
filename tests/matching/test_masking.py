"""Nothing that says who somebody is stays in the words that are kept."""

from datetime import datetime

import pytest

from matching import Matcher, impersonal

MOMENT = datetime.fromisoformat("2026-11-22T10:00+08:00")
MATCHER = Matcher(())


def kept(text: str, *names: str) -> str:
    reading = MATCHER.read(text, MOMENT)
    return impersonal(reading.normal, reading.slots, names)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("我叫王小明，想做高企认定", "王小明"),
        ("联系人：覃丽华，要做查新", "覃丽华"),
        ("我是韦强，要个质检报告", "韦强"),
        ("黄老师介绍来的，想办商标", "黄"),
        ("陈总说要做贯标", "陈"),
        ("找李工做检测", "李"),
        ("我是小韦，想贷款", "韦"),
        ("老王介绍的，做专利", "王"),
        ("想做高企，电话13878123456", "13878123456"),
        ("微信 gxkebao2020，想查新", "gxkebao2020"),
        ("发到 lin@example.com", "lin@example.com"),
        ("桂林甲天下机电有限公司想做ISO9001认证", "甲天下"),
        ("我们在环城路12号，想测水", "环城路12"),
        ("信用代码91450100MA5KABCD1X 想贷款", "91450100MA5KABCD1X"),
        ("订单D1024那个再来一次", "1024"),
        ("高企认定，预算3万", "3万"),
        ("检测5个样，一共三千块", "三千"),
        ("我们有300w的贷款需求", "300"),
        ("营业额2000万以上能做高企吗", "2000"),
        ("费用￥12,800 能查新吗", "12,800"),
    ],
)  # fmt: skip
def test_who_and_how_much_is_covered(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in kept(text)


def test_how_the_person_is_called_is_covered() -> None:
    assert "蓝精灵" not in kept("蓝精灵家的果园想测农残", "蓝精灵")


@pytest.mark.parametrize(
    "text",
    [
        "施工企业资质怎么办", "金工件加工检测", "专利总结报告", "周总结怎么写", "工程总承包",
        "小程序开发", "化工产品检测", "万物互联方案设计", "做ISO9001认证", "GB/T 29490贯标",
        "我是做糖的想找技术", "查新报告要几天", "10kV电缆检测", "马上要申报项目", "高工评审",
    ],
)  # fmt: skip
def test_what_tells_the_service_stays(text: str) -> None:
    assert kept(text) == MATCHER.read(text, MOMENT).normal
