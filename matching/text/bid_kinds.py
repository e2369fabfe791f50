"""Tell an offer from a question, a withdrawal and plain talk; in doubt it is talk."""

import re

_WITHDRAW = re.compile(
    r"^撤\s*(?:$|[,。!])|撤标|撤[回掉销]?\s*(?:的?报价|投标|标)|撤[了吧回掉销]|退出|退标|弃标|"
    r"弃了|作废|(?:报价|标)\s*取消|做不过来了|撤下|不跟了|取消[^,;。]{0,14}(?:投标|报价|的标|报名)|撤单|我们?退了|收回[^,;。]{0,10}(?:报价|的?标)|取消(?:报价|投标|这个?标)|^取消\s*$|不做了|不接了|不投了|"
    r"不报了|(?<!就)不参[与加](?:竞标|投标|报价|竞价)?了|(?:报价|标)[^,;。]{0,3}收回|不干了|"
    r"(?:接|做|搞|干|弄|报|投)不(?:了|来|成)[了啦]|没法做了|没法接了|放弃|退了吧|删掉|删了|"
    r"当我?没[报讲说]过?|别算我|不竞了|收回报价|我报的[^,;。]{0,4}收回|唔(?:做|接|要|报|投)了"
)
_REFUSAL = re.compile(
    r"(?:做|接|搞|干|弄|吃)不(?:了|来|下|动|成)|不接|不做(?!了)|不干(?!了)|没兴趣|"
    r"做不出|不感兴趣|不考虑|没法做|没法接|不划算|(?<![底初天周月])没空|没时间|干不过|不报|不碰|算了吧|pass",
    re.I,
)
_SARCASM = re.compile(
    r"谁爱|谁做谁|慈善|白干|笑死|哈哈|呵呵|谁[接做干]|嫌|真的假的|鬼才|做梦|抢钱|太低|太高|"
    r"叫花子|就这(?![样个么])点?|西北风|开玩笑|逗我|搞笑|离谱|无语|服了|倒贴|赔本(?!赚吆喝)|亏死|谁接谁|"
    r"卷死|傻子|扯淡|这价|也太|便宜没好货|牛[逼批啊]|没人[做接干报]|良心价|打发谁|图个乐|别当真|认真的|打不住|够呛|免谈|"
    r"少了[\d一二两三四五六七八九]|(?:低于|少于)[^,;。]{1,8}(?:不|免|别)"
)
_SURNAMES = (
    "[王李张陈刘赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁"
    "魏薛叶阎余潘杜戴夏钟汪田任姜方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎"
    "易武贺赖龚文韦覃莫农蒙]"
)
_THIRD = re.compile(
    r"(?<!其)(?:他|她)(?:们|家)?(?!人|们都)|人家|别人|别家|同行|听说|有人|隔壁|"
    rf"另一家|那家|这家(?!公司是)|对面|(?<!联系人)(?<!我是)(?<!我)[老小](?:{_SURNAMES})(?!家)|"
    # 阿强上周D1024报了9000: told of somebody, in the past.
    r"(?<!我)(?<!我是)阿[\u4e00-\u9fff](?=[^,;。]{0,12}报[了过])|"
    rf"(?<!联系人)(?<!我是)(?:{_SURNAMES})(?:总|工|姐|哥|老师|老板|经理)|楼上|"
    r"你们?(?:家|上次|报|这)|你.{0,6}报|群里.{0,4}报|朋友|客户说|领导说|甲方说|转发|转自|聊天记录|据说"
)
# Asking for silence tells of nobody else's price.
_HUSH = re.compile(
    r"(?:可?别|不要|不许|不能|请勿|勿)[告诉跟和给让对说透露发被公开]{1,4}"
    r"(?:别人|别家|人家|同行|他们|其他人|他人|朋友)[^,;。!]{0,6}"
)
_OWN = re.compile(
    r"(?:我们?|我司|我家|我方|本公司|咱们?|这边)(?:家|这边|公司|司)?(?:的|就|只|也|可以|能|愿意|这次)*"
    r"(?:报价?|出价?|要|做|收|给|算|按)?(?:到|个)?\s?(?=[¥\d一二两三四五六七八九])"
)
# 少一分不做, 再低就不接了: how firm the price is.
# What stands beside a price and says nothing else.
_OF_A_PRICE = re.compile(
    r"[零〇一二两三四五六七八九十百千万亿半几壹贰叁肆伍陆柒捌玖拾佰仟元块毛角分钱整正个]|左右|上下|大概|"
    r"天|个?工作日|周|星期|礼拜|月|年|大约|差不多|人民币|可以|没问题|老板|您好|你好"
)
# Words with which prices are told; first person unless it judges.
_OFFERING = re.compile(
    r"我(?!们?(?:不|没|看|觉得|信|嫌|听))|咱|本公司|本司|报|[投竞]标|价|费用|总|共|合计|小计|承[接做包]|接|能做|可做|"
    r"[给做办搞拿]|改|调|降|优惠|便宜|下调|打包|最低|含|包|税|票|工期|交|完成|版|期|"
    r"起|按|算|=|出|收|要|加|更正|应该|才对|为准|愿|套|件|样|点位?|人|次|项|不是|到|"
    r"[费就]\s?[:是为]?\s?[¥\d一二两三四五六七八九]"
)
# 今天冬笋上市了大家多吃点 对了D1030我报8300
_ASIDE = re.compile(r"[^\d]*?(?:对了|说正事|言归正传|回到正题|话说回来)[,\s]*(?=.)", re.S)
_FIRM = re.compile(
    r"(?:再?[少低]|便宜|降|[多再]砍)了?(?:一?[分块毛]钱?|一点)?(?:我们?)?(?:就|都|也|可|真)?"
    r"(?:(?:不|没法|别)(?:[做干接谈卖报]了?|考虑|行|成)|免谈)"
)
_FRIENDLY = re.compile(
    r"^\s*(?:各位|大家)(?:老板|老师|领导|群友|同仁)*(?:早上|上午|中午|下午|晚上)?[好早]|(?:着?急|加急|赶|方便|(?:有)?需要|合适|可以|确定|量大|长期(?:合作)?|满意)的话"
)
_SIGNED = re.compile(r"(?:报价人|联系人|报名人|姓名)\s?[::]?\s?[^\s,;。\d]{2,8}")
_TAG = re.compile(
    r"(?:可以|行|好|成|中|OK|ok|怎么样|如何|能接受|接受|考虑|可行|合适|(?:可|行|好|成|中|能|接受)不"
    r"(?:可以|可|行|好|成|中|能))(?:吗|么|嘛|不|呢|吧)?\s*[?!。~]*$|看?行不行|可不可以|怎么样"
)
_OLD = re.compile(r"之前|原来?|上次|刚才|昨天|前天|太[高低]|报的|本来")
_CONDITIONAL = re.compile(
    r"如果|要是|假如|假设|除非|倘若|若是|(?<![一二三四五六七八九两十])万一|的话(?!题)|下不来|拿不下|起码得|"
    r"没有?\s?[\d一二两三四五六七八九][^,;。]{1,8}(?:别|不|免|谁)|起码\s?[\d一二两三四五六七八九]|"
    r"给[够足到][^,;。]{1,8}[才就]|[加给提涨]到[^,;。]{1,8}(?:我们?)?[就才]|才[接做肯报]|"
    r"考虑(?:一下|下|考虑)|想想再|再想想|至少得|估计得|本来|原本|差点|早知道"
)
_FORWARDED = re.compile(r"聊天记录|转发|转自")
_NEWS = re.compile(
    r"收到.{0,4}报价|[份家]报价|哪[位家]|恭喜|祝贺|成交|中标|截标|流标|开标|已选|公示|已关闭|已结束|提醒|大家|各位|"
    r"已收到?\s?[\d一二三四五六七八九十]+\s?[家份]|通知|延期|谁(?:报|投|接)了|点赞|转一下|^求|求[推购助]"
)
_QUESTION_END = re.compile(r"(?:[?？]|吗|么|(?<!撤了)(?<!撤掉)嘛|呢|没有?|不)\s*[!。,\s]*$")
_QUESTION = re.compile(
    r"几?多少|几多|几号|几点|几时|几[个天家批次种]|有冇|什么|啥|为何|为什么|咋|怎么|怎样|如何|"
    r"哪[里个些天家儿种几]|在哪|是不是|有没有|能不能|可不可以|可否|能否|是否|够不够|"
    r"行不行|会不会|要不要|包不包|包含不|含不含|"
    r"[^\s,]不[^\s,]{0,6}[?？]|谁|多久|多长|多大|还[在要收缺]吗|请问|想问|问一下|"
    r"问下|咨询|有[^,;。\s]{1,6}没有?(?=[\s,。?]|$)|(?:是|先)[^,;。]{1,12}还是|要[^,;。\d]{1,10}还是(?!算了|我|不)|还是只?要[^,;。\d]{1,8}$|[含包][^,;。\s]{1,8}不$|有[^,;。\s]{1,8}(?:么|没)$|^[^,;。]{0,14}[要能][^,;。\s]{1,8}不$|还是[^,;。]{1,12}也(?:行|可以|得)$"
)
_SOFT_QUESTION = re.compile(
    r"看?能不能(?:优惠|便宜|少|再)[^,;。?]*|看看?能不能[^,;。?]*|什么都|怎么都|"
    r"多少都|谁都|哪里都|什么时候都"
)
_ASKING_PRICE = re.compile(
    r"(?:为什么|为啥|预算|上限|底价|能不能加|(?:客户|老板|他们?)[^,;。]{0,4}[肯能][加给出]|可以加|能加|没选|够不够|够吗|合适吗|贵吗|行情|谁[报投做接]|会不会|"
    r"(?:拿|做|办|搞|吃)得?下来?吗|(?:拿|做|办)得?了吗|是真的|真有)"
)
_RIVAL_ASKED = re.compile(
    r"你们?(?:打算|准备|想|会|要|到底)?[报出投](?:了|价)?(?:多少|几多|什么价|几钱)|"
    r"你们?报[^,;。]{0,8}了[没吗]"
)
_ACCEPT = re.compile(
    r"(?:^|[^承对连间直接不])接(?![口待触到近受下来力单群龙人送])|我们?可以做?|能做|"
    r"可以[接做]|我来|我做|我们做|承接|我司有|报名|愿意|都可以|包接|拿下|没问题|接单|算我一[个份]|"
    r"(?<!没人)(?<!谁)我们?要了(?![解吗么?])"
)
_OFFER = re.compile(r"报价?|出价|投标?|价格|总价|费用|改价|降到|最低|优惠价|一口价|打包")
_RELATIVE = re.compile(
    r"同上|同前|同价|跟(?:上面|楼上|前面|他|她|那家|刚才)[^,;。]{0,6}一样|"
    r"[和跟同照按](?:上面|楼上|前面|上一家|上家|刚才那[家个])|(?<!别的)(?<!其[他它余])(?<!工期)(?<!期限)(?<!时间)照旧|比(?:他|她|上面|"
    r"楼上|最低|别人|前面|那家)[^,;。]{0,8}(?:便宜|低|少|高|贵)|"
    r"(?:便宜|优惠|少|降|减|加|涨)(?:个|了|你)?[\d一二两三四五六七八九][\d.,]*"
    r"(?:[百千万kKwW元块]|$|[\s,。])|在[^,;。]{0,6}基础上|按预算(?!价?[^\d]{0,4}\d{3})"
)
# 降500，到7700: what is left is told as well, and that is the price.
_CHANGED_TO = re.compile(
    r"(?:便宜|优惠|少|降|减|加|涨)[个了你]?[\d一二两三四五六七八九][\d.,百千万kKwW元块]*"
    r"[,，\s]?(?:降|减|加|涨)?(?:到|就|算|只要|[,，])\s?[\d一二两三四五六七八九]"
)
_CHANGED = re.compile(
    r"(?:(?<=[,;。\s])现[在价报]?(?=\s?[¥\d一二两三四五六七八九])|(?:现在?|今天|这次)?(?:改价?[成为到]?|降到|降为|降至|优惠到|便宜到|下调到|调[整到为]+|按|算))\s?"
    r"(?=[¥\d一二两三四五六七八九])"
)
_AMEND = re.compile(
    r"改价|改报|改[成为到]|优惠到|便宜到|降到|降为|降至|加到|涨到|调[整到为]|更正|写错|重新报|再报|"
    r"按(?=\s?[\d一二两三四五六七八九])"
)
_ONLY_LENGTH = re.compile(r"[\s,;:。!\d.a-zA-Z一二两三四五六七八九十半个工作日天周月年内大概约期]*")
_POLITE = re.compile(r"[不唔]好意思|抱歉|对不起|谢谢")


def plain(said: str) -> str:
    """A message without what makes an offer firm, friendly or signed: 少一分不做, 急的话可以快."""
    return _SIGNED.sub("", _FRIENDLY.sub("", _FIRM.sub("", said)))


def withdraws(said: str) -> bool:
    return bool(_WITHDRAW.search(said))


def refuses(said: str) -> bool:
    return bool(_REFUSAL.search(said))


def asks_about(said: str) -> bool:
    """Is a clause with a sum a question about that sum, and not 8000行不行 about an offer?"""
    return asks(said) and not _TAG.search(said)


def asks(said: str) -> bool:
    """Does it ask for something, politeness such as 看能不能优惠 aside?"""
    plain = _SOFT_QUESTION.sub("", said)
    ends = bool(_QUESTION_END.search(plain)) and not plain.endswith("不")
    return ends or bool(_QUESTION.search(plain))


def is_relative(said: str) -> bool:
    """A price told by another one, which we may not know or tell."""
    return bool(_RELATIVE.search(said)) and not _CHANGED_TO.search(said)


def amends(said: str) -> bool:
    return bool(_AMEND.search(said))


def is_talk(said: str, *, relative: bool) -> bool:
    """Sarcasm, refusals, conditions, news, and what others ask for the work."""
    said = _HUSH.sub("", said)
    if _SARCASM.search(said) or _REFUSAL.search(said) or _CONDITIONAL.search(said):
        return True
    return bool(_NEWS.search(said)) or (bool(_THIRD.search(said)) and not relative)


def own_words(body: str) -> str:
    """A message with blanks for what it tells of others first: 楼上报8000，我报7500."""
    if (aside := _ASIDE.match(body)) is not None:
        body = " " * aside.end() + body[aside.end() :]
    own = _OWN.search(body)
    changed = _CHANGED.search(body)
    if changed is not None and _OLD.search(body[: changed.start()]):
        # 之前报的4万太高了，现改为3万6
        return " " * changed.start() + body[changed.start() :]
    if own is None:
        return body
    others, ours = body[: own.start()], body[own.start() :]
    if _FORWARDED.search(others):
        return body
    if not (_THIRD.search(others) or _RELATIVE.search(others)) or _CONDITIONAL.search(others):
        return body
    return " " * len(others) + ours


def kind_of(
    said: str, *, priced: bool, timed: bool, relative: bool, price_asked: bool = False
) -> str:
    """Bid, question or none, for a message that does not withdraw.

    `priced` and `timed` say that a price or a length of work was read from it, `price_asked`
    that the words around the price ask about it.
    """
    if _SARCASM.search(said) and not _QUESTION_END.search(said):
        return "none"
    if (price_asked and _SARCASM.search(said)) or _RIVAL_ASKED.search(said):
        return "none"
    if asks(said) and (
        not priced or price_asked or _ASKING_PRICE.search(_SOFT_QUESTION.sub("", said))
    ):
        # A question to somebody else in the group is not one to the market.
        return "none" if re.match(r"@(?!小科)\S+", said) else "question"
    if is_talk(said, relative=relative):
        return "none"
    if priced or relative or _ACCEPT.search(said):
        return "bid"
    offers = _OFFER.search(said) and re.search(r"\d", said)
    return "bid" if offers or (timed and (_ONLY_LENGTH.fullmatch(said) or amends(said))) else "none"


def is_remark(clause: str) -> bool:
    """Is a sum only talked about? 2300也就够个官费: words, and none with which prices are told."""
    if _OFFERING.search(clause) or _TAG.search(clause):
        return False
    return len(re.findall(r"[\u4e00-\u9fff]", _OF_A_PRICE.sub("", clause))) >= 3


def reason(said: str) -> str:
    """What is said besides a withdrawal: 档期排不开."""
    for clause in re.split(r"[,;。!\n]", said):
        clause = clause.strip()
        if len(clause) >= 3 and not withdraws(clause) and not _POLITE.search(clause):
            return clause
    return ""
