"""Registers of providers who do not exist, of any size and the same in every run."""

import random
from collections.abc import Iterator

from bot.benchmarks.variants import homophone, typo
from market.services import ProviderProfile

SEED = 20_26
_CITIES = (
    "南宁", "柳州", "桂林", "梧州", "北海", "防城港", "钦州", "贵港", "玉林", "百色", "贺州",
    "河池", "来宾", "崇左", "广州", "深圳", "佛山", "东莞", "长沙", "贵阳", "昆明", "海口",
    "武汉", "成都", "重庆", "杭州", "苏州", "厦门", "福州", "南昌",
)  # fmt: skip
_TRADES = (
    "知识产权代理", "专利代理", "商标代理", "科技咨询", "技术服务", "检测技术", "环境监测",
    "计量检测", "认证咨询", "工业设计", "软件开发", "信息技术", "数字科技", "项目咨询",
    "管理咨询", "财税咨询", "创业孵化", "科技金融", "融资担保", "教育培训", "人才服务",
    "文献情报", "成果转化", "技术转移", "智能装备", "材料科技", "生物科技", "食品检测",
    "农业科技", "工程咨询",
)  # fmt: skip
_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "事务所", "中心", "研究院", "集团有限公司")
_BRANDS = (
    "桂知源信达柳创邕企漓江桥北湾舟壮乡智盾龙城图谱商律标云贯梧桐科转南疆揭榜山水右八工外样机快形铁软红河"
    "五象栈青秀岭学测绿浔味准衡鹅东盟通起航花众海门策略可成报捷财研辅港城平台金木棉创投券文潭穗普知行匠"
    "堂才汇引德鑫瑞华泰恒安正博诚佳宏隆盛远航宇天地元亨利贞和顺康宁福禄祥麒麟凤凰鹏程万里飞腾跃进精益求"
)
_SUBJECTS = (
    "制糖自控", "汽车起动机", "高企认定", "专利布局", "商标注册", "水质检测", "噪声监测",
    "轴承寿命", "桥梁施工", "芒果农残", "米粉包装", "铝材阳极", "锰矿选冶", "甘蔗收割",
    "海水养殖", "光伏支架", "电池回收", "中药提取", "陶瓷釉料", "木材防腐", "智慧园区",
    "工业网关", "图像质检", "冷链物流", "加计扣除", "专精特新", "创新券", "科技查新", "结题审计",
    "成果评价", "质量体系", "计量校准", "标准起草", "小程序", "数据平台", "产线改造",
)  # fmt: skip
_DOINGS = (
    "申报",
    "检测",
    "代理",
    "咨询",
    "评估",
    "开发",
    "设计",
    "培训",
    "辅导",
    "认证",
    "监测",
    "改造",
)
_UNITS = ("项", "家", "件", "批次", "场", "份")
_CODES = tuple(f"{a:02}.{b:02}.{c:02}" for a in range(1, 10) for b in (1, 2, 3) for c in (1, 2))


def register(size: int) -> Iterator[ProviderProfile]:
    """`size` providers of about 109 characters each, no two of the same name."""
    dice = random.Random(SEED)
    taken: set[tuple[str, ...]] = set()
    while len(taken) < size:
        city, trade = dice.choice(_CITIES), dice.choice(_TRADES)
        brand = "".join(dice.choices(_BRANDS, k=dice.choice((2, 3, 3, 4))))
        if (city, brand, trade) in taken:
            continue
        taken.add((city, brand, trade))
        yield _provider(len(taken), city, brand, trade, dice)


def _provider(
    number: int, city: str, brand: str, trade: str, dice: random.Random
) -> ProviderProfile:
    fields = tuple(dice.choice(_SUBJECTS) + dice.choice(_DOINGS) for _ in range(dice.randint(3, 5)))
    cases = tuple(
        f"{dice.choice(_SUBJECTS)}企业{dice.choice(_SUBJECTS)}{dice.choice(_DOINGS)}"
        f" {dice.randint(1, 60)} {dice.choice(_UNITS)}"
        for _ in range(dice.randint(3, 5))
    )
    placed = dice.choice((city, "")) or city
    return ProviderProfile(
        name=f"{placed}{brand}{trade}{dice.choice(_FORMS)}",
        credit_code=f"91{number:016}",
        class_name="综合",
        fields=fields,
        service_codes=tuple(sorted(dice.sample(_CODES, dice.randint(2, 10)))),
        cases=cases,
        region=city,
        rating=dice.choice((None, 420, 450, 480)),
    )


def mangled(name: str, dice: random.Random) -> str:
    """The name as somebody remembers it, asked for in a sentence."""
    for form in sorted(_FORMS, key=len, reverse=True):
        if name.endswith(form):
            name = name.removesuffix(form)
            break
    match dice.randrange(3):
        case 1:
            name = homophone(name, dice, most=1)
        case 2:
            for _ in range(dice.randint(1, 2)):
                name = typo(name, dice)
    return f"帮我找一下{name}的联系方式"
