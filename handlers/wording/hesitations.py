"""What was left undone, by the question that was not confirmed."""

UNDONE = {
    "withdraw_demand": "好，没有撤回，需求照旧收标。要撤回“撤”，看进展回“进度”。",
    "open_bids": "好，没有开标，照旧到截标时间。要提前开回“现在开标”。",
    "really_award": "好，还没有定，谁也没选。想好了回“选A”这样的话，再看一遍回“比一比”。",
    "accept": "好，没有验收，款还在托管。要改回“退回”加原因，没问题了回“验收”。",
    "cancel_order": "好，订单没有取消，照旧进行。看进展回“进度”。",
    "close_account": "好，没有注销，什么都没有删。",
}
