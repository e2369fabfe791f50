// "试试这样说": sentences that fill the input, with the numbers people have just seen.

const MOST = 6;

const SENTENCES = {
  xiaolin: [
    "付款 {O}",
    "{O} 能不能政府报销一部分",
    "选A {D}",
    "比一比 {D}",
    "我们想搞个高新",
    "做汽车起动机的，去年营收两千多万，有5个专利，预算3万左右，月底前要",
    "我的需求",
  ],
  weijie: [
    "新出的辣椒酱要做个检测，下周三前要报告，预算五千到八千",
    "商标能不能顺便一起注册了",
    "进度 {D}",
    "点名 桂知源 做商标注册，南宁，预算1500",
    "一口价 查新",
    "提问 50 元 食品出口要办哪些检测报告？",
  ],
  "provider:room": [
    "{d} 我们3万2，15个工作日，官费包了",
    "报价 {D} 29500 12天 不含官费",
    "987 还要吗 我们能做",
    "@小科 帮助",
  ],
  "provider:private": ["我的线索", "改价 {D} 31500", "投稿 {D} 我的方案是……", "上架 科技查新 800元 3天 加急200", "开工 {O}", "交付 {O} 申报书初稿已完成", "提现"],
  "staff:private": ["待办", "审 {D} 通过", "邀 {D} 1 3", "收款 {O} 31000", "财政资金", "帮助"],
  "staff:room": ["待办", "审 {D} 通过", "广播 下周三高企申报说明会，柳州高新区"],
  "buyer:private": ["发需求 专利年费代缴", "我的需求", "积分", "帮助"],
};

/** The sentences for a seat; those about a demand or an order wait until there is one. */
export function suggestions(seat, { D, O }) {
  const place = `${seat.role}:${seat.room ? "room" : "private"}`;
  return (SENTENCES[seat.key] && !seat.room ? SENTENCES[seat.key] : SENTENCES[place] ?? [])
    .filter((sentence) => (D || !/\{[Dd]\}/.test(sentence)) && (O || !sentence.includes("{O}")))
    .slice(0, MOST)
    .map((sentence) => sentence.replace("{D}", D).replace("{O}", O).replace("{d}", D?.slice(1)));
}
