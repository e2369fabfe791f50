"""Words that try to get round the rules, and words that collect money in our name."""

import re

# Nobody becomes an administrator by saying so, and no text changes a rule.
_CLAIM = re.compile(
    r"(?:忽略|无视|忘记|忘掉|绕过|跳过|不用管|作废)[^。;]{0,8}(?:规则|指令|规定|限制|提示词?|以上|之前的?话)"
    r"|(?:以上|之前)[^。;]{0,6}(?:规则|指令|提示词?)[^。;]{0,6}(?:无效|作废|忽略)"
    r"|我(?:就)?是[^,，。;]{0,6}(?:管理员|系统|开发者|超级用户|ROOT|ADMIN)"
    r"|(?:进入|切换到?|开启)[^。;]{0,4}(?:管理员|开发者|调试|DEBUG|越狱)模式"
    r"|(?:ignore|disregard|forget)\b.{0,30}\b(?:instructions?|rules?|prompts?)\b|system\s*prompt"
    r"|(?:所有人|别人|大家|全部|各家|其他家?|竞争对手)的?[^,，。;]{0,6}"
    r"(?:报价|价格|电话|联系方式|底价)[^。;]{0,8}(?:发|给|告诉|列|显示|公布|出来)",
    re.I,
)
_CARD = re.compile(r"(?<!\d)(?:62|4\d|5[1-5])\d{2}(?:[ -]?\d{3,4}){3,4}(?!\d)")
_CARD_BEGUN = re.compile(r"(?:账户|帐户|账号|帐号|卡号|银行卡|户头)[^,，。;]{0,8}\d{4}")
_COLLECTS = re.compile(
    r"(?:交|付|打|转|汇|缴|充)[^,，。;]{0,10}(?:保证金|押金|定金|诚意金|手续费|会员费|服务费|钱|款|费)"
    r"[^。;]{0,12}(?:账户|帐户|账号|帐号|卡号|银行卡|微信|支付宝|二维码|收款码|私人|个人)"
    r"|(?:保证金|押金|定金|诚意金|手续费|会员费|款)[^。;]{0,8}(?:转|打|汇|交|付)(?:到|给|入|至)"
    r"[^。;]{0,8}(?:账户|帐户|账号|帐号|卡|微信|支付宝|我)"
    r"|(?:加|扫)(?:我|这个|下面)?的?(?:收款码|付款码|收款二维码)"
)


def claims_authority(text: str) -> bool:
    """Whether a normal text tries to change rules, to become somebody, or to get others' data."""
    return bool(_CLAIM.search(text))


def collects_money(text: str) -> bool:
    """Whether a normal text names a bank card, or asks for money to an account."""
    return bool(
        any(_is_card(found.group()) for found in _CARD.finditer(text))
        or _CARD_BEGUN.search(text)
        or _COLLECTS.search(text)
    )


def _is_card(written: str) -> bool:
    """Card numbers end in a check digit (Luhn); order and credit codes rarely fit it."""
    digits = [int(digit) for digit in written if digit.isdecimal()]
    if not 16 <= len(digits) <= 19:
        return False
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
