"""The words that follow a count of things, so that the count is no sum of money."""

import re

# What follows a count of things; nothing here is said of money.
CLASSIFIER = re.compile(
    r"\s?(?:人次|台套|平方米|平方公里|平方|平米|立方米|立方|公斤|千克|毫米|厘米|公里|千米|千瓦|"
    r"个(?![多来]?月|工作日|点位?数?|[wW万])|件|套|台|张|片|根|路|吨|份|项|批|"
    r"[人名](?!民币)|家|次(?!年|月)|页|条|组|支|辆|米|亩|盏|箱|只|门|期(?![\d限:一二两三四五六七八九十半个])|场|节|"
    r"点位|样(?!子)|斤|克|升|岁|层|楼|栋|间|座|头|棵|株|袋|桶|瓶|卷|款|篇|字|户|位|"
    r"本(?![人地来身月周公院校单金着质科])|倍|寸|度|瓦|伏|级|档|道|品|师|"
    r"mm|cm|km|kg|mg|ml|kW|MW|Hz|GB|TB|MB|mAh|rpm|dB|℃|°|%|‰|[gGmMVLAhtT](?![A-Za-z])|"
    r"[wW](?=电源|功率|电机|灯|激光|光伏|充电)|号(?!前|之前|以前|[上下]午|晚|召|码|称)|室|房|路)"
)
SCALED_NOUN = re.compile(
    r"\s?(?:用户|粉丝|数据|字|平米|平方|人|件|台|吨|亩|条|科|用表|次|份|个(?!月|"
    r"工作)|头|只|只鸡|瓦|公里|米|册|套|张|片|支|辆|瓶|升|像素|立方|步)"
)
