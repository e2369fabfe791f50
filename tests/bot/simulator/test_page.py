"""The page in a real browser, against a small bot."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize, async_playwright, expect

from bot.simulator.cast import CHENGONG, PROVIDER_GROUP, QINJIE, WEIJIE, XIAOLIN
from tests.support.simulated import Demo, FakeBot, demo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
DESK = ViewportSize(width=1280, height=800)
HAND = ViewportSize(width=390, height=844)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _answer(text: str) -> str:
    match text:
        case "我们想搞个高新":
            return "是想办高企认定吧？\n1 认定申报　2 先进培育库\n直接说说公司情况也行。"
        case "付款 O2048":
            return "应付 ¥31,000：http://127.0.0.1:9/sandbox/pay/P3001"
        case "<b>":
            return "<img src=x onerror=alert(1)> 请看 https://example.org/a。"
    return f"收到：{text}"


@pytest.fixture(name="demo")
async def talking_demo() -> AsyncIterator[Demo]:
    async with demo(FakeBot(answer=_answer)) as running:
        yield running


@pytest.fixture(name="browser")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        await browser.close()


async def _open(browser: Browser, demo: Demo, viewport: ViewportSize = DESK) -> Page:
    """Open the page; any error in it fails the test."""
    page = await browser.new_page(viewport=viewport)
    page.set_default_timeout(5_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    await page.goto(f"{demo.url}/sim")
    await expect(page.locator("#line")).to_have_text("小科在线")
    assert faults == []
    return page


async def _call(demo: Demo, action: str, **params: object) -> None:
    await demo.until(lambda: demo.simulator.world.connected)
    assert demo.bot.line is not None
    await demo.bot.line.send_str(json.dumps({"action": action, "params": params, "echo": action}))
    await demo.bot.heard(lambda frame: frame.get("echo") == action)


async def test_what_is_typed_and_answered_appears_as_bubbles(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)
    log = page.get_by_role("log", name="小林与小科的对话")
    box = page.get_by_role("textbox", name="小林对小科说")

    await box.fill("我们想搞个高新")
    await box.press("Enter")

    await expect(log.locator(".mine .text")).to_have_text("我们想搞个高新")
    await expect(log.locator(".theirs .text")).to_contain_text("是想办高企认定吧")
    await expect(box).to_have_value("")
    await expect(page.locator("#phone-weijie .entry")).to_have_count(0)


async def test_tapping_a_numbered_option_says_its_number(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)
    await demo.say(XIAOLIN.account, "我们想搞个高新")

    await page.get_by_role("button", name="2 先进培育库").click()

    await expect(page.locator("#phone-xiaolin .mine .text").last).to_have_text("2")
    assert demo.bot.pushes[-1]["Content"] == "2"
    assert "bizmsgmenuid" not in demo.bot.pushes[-1]


async def test_tapping_a_menu_option_says_its_text_and_names_the_option(
    browser: Browser, demo: Demo
) -> None:
    page = await _open(browser, demo)
    await demo.say(XIAOLIN.account, "在吗")
    menu = {"head_content": "发布吗？", "list": [{"id": "c:7", "content": "就这样发布"}]}
    await demo.api(
        f"message/custom/send?access_token={await demo.token()}",
        {"touser": XIAOLIN.account, "msgtype": "msgmenu", "msgmenu": menu},
    )

    await page.get_by_role("button", name="就这样发布").click()

    await expect(page.locator("#phone-xiaolin .mine .text").last).to_have_text("就这样发布")
    assert demo.bot.pushes[-1]["Content"] == "就这样发布"
    assert demo.bot.pushes[-1]["bizmsgmenuid"] == "c:7"


async def test_a_new_line_is_not_a_message_yet(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)
    box = page.get_by_role("textbox", name="韦姐对小科说")

    await box.focus()
    await page.keyboard.type("第一行")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("第二行")
    assert demo.bot.pushes == []
    await page.keyboard.press("Enter")

    await expect(page.locator("#phone-weijie .mine .text")).to_have_text("第一行\n第二行")


async def test_everything_can_be_reached_by_keyboard(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到对话")).to_be_focused()
    await page.get_by_role("button", name="出点岔子").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("switch", name="每条消息送两遍")).to_be_checked()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="出点岔子，开着 1 个")).to_be_focused()

    assert demo.simulator.world.troubles.twice


async def test_a_suggestion_fills_the_input_with_numbers_just_seen(
    browser: Browser, demo: Demo
) -> None:
    page = await _open(browser, demo)
    phone = page.get_by_role("region", name="科宝服务商群")
    await _call(demo, "send_group_msg", group_id=PROVIDER_GROUP.id, message="📣 D1031 查新")

    await phone.get_by_role("button", name="试试这样说").click()
    await phone.get_by_role("button", name="报价 D1031 29500 12天 不含官费").click()

    box = phone.get_by_role("textbox")
    await expect(box).to_have_value("报价 D1031 29500 12天 不含官费")
    await expect(box).to_be_focused()


async def test_in_a_group_people_take_turns_at_one_phone(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)
    phone = page.get_by_role("region", name="科宝服务商群")

    await phone.get_by_role("radio", name="覃姐").check(force=True)
    box = phone.get_by_role("textbox", name="覃姐对科宝服务商群说")
    await box.fill("987 还要吗")
    await box.press("Enter")
    await expect(phone.locator(".mine .text")).to_have_text("987 还要吗")
    await phone.get_by_role("radio", name="陈工").check(force=True)

    await expect(phone.locator(".theirs .name")).to_have_text("覃姐")
    assert (await demo.bot.heard(lambda f: "user_id" in f))["user_id"] == int(QINJIE.account)


async def test_quoting_a_bubble_sends_a_reply_to_it(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)
    phone = page.get_by_role("region", name="科宝服务商群")
    await _call(demo, "send_group_msg", group_id=PROVIDER_GROUP.id, message="📣 D1024")

    await phone.get_by_role("button", name="引用小科的话").click()
    await phone.get_by_role("textbox").fill("我们做")
    await phone.get_by_role("textbox").press("Enter")

    await expect(phone.locator(".mine .quoted")).to_contain_text("D1024")
    event = await demo.bot.heard(lambda f: f.get("post_type") == "message")
    assert event["message"][0]["type"] == "reply"


async def test_a_message_to_a_chat_that_is_not_open_leaves_a_mark(
    browser: Browser, demo: Demo
) -> None:
    page = await _open(browser, demo)
    phone = page.get_by_role("region", name="服务商", exact=True)

    await _call(demo, "send_private_msg", user_id=QINJIE.account, message="有新线索")
    await phone.get_by_role("button", name="覃姐，有新消息").click()

    await expect(phone.get_by_role("log")).to_contain_text("有新线索")
    await expect(phone.get_by_role("button", name="覃姐", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


async def test_the_send_window_is_shown_and_runs_out_with_the_clock(
    browser: Browser, demo: Demo
) -> None:
    page = await _open(browser, demo)
    meter = page.locator("#phone-weijie .meter-text")
    await expect(meter).to_have_text("对方开口后才能主动发")

    await demo.say(WEIJIE.account, "在吗")
    await demo.send(WEIJIE.account, "有报价了")
    await expect(meter).to_have_text("主动消息还剩 4/5 · 47 小时")
    await page.get_by_role("button", name="+7 天").click()

    await expect(meter).to_have_text("对方开口后才能主动发")
    await expect(page.locator("#now")).to_contain_text("11月30日")


async def test_a_payment_link_is_a_button_and_markup_is_only_text(
    browser: Browser, demo: Demo
) -> None:
    page = await _open(browser, demo)
    await demo.say(XIAOLIN.account, "付款 O2048")
    await demo.say(XIAOLIN.account, "<b>")

    pay = page.get_by_role("link", name="去付款页")
    await expect(pay).to_have_attribute("href", "http://127.0.0.1:9/sandbox/pay/P3001")
    log = page.get_by_role("log", name="小林与小科的对话")
    await expect(log).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(log.get_by_role("link", name="https://example.org/a")).to_have_count(1)


async def test_a_file_is_attached_and_shown_with_its_size(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    page = await _open(browser, demo)
    report = tmp_path / "申报书.pdf"
    report.write_bytes(bytes(2048))

    await page.locator("#phone-provider input[type=file]").set_input_files(report)

    card = page.get_by_role("link", name="申报书.pdf")
    await expect(card).to_contain_text("2 KB")
    event = await demo.bot.heard(lambda f: f.get("post_type") == "message")
    assert event["user_id"] == int(CHENGONG.account)
    assert event["message"][0]["data"]["file"] == "申报书.pdf"


async def test_a_message_taken_back_leaves_a_line(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)
    said = await demo.say(f"{CHENGONG.account}@{PROVIDER_GROUP.id}", "我们3万2")
    phone = page.get_by_role("region", name="科宝服务商群")
    await expect(phone.get_by_role("log")).to_contain_text("我们3万2")

    await _call(demo, "delete_msg", message_id=said["message_id"])

    await expect(phone.get_by_role("log")).to_contain_text("陈工撤回了一条消息")
    await expect(phone.get_by_role("log")).not_to_contain_text("3万2")


async def test_a_message_taken_back_stays_so_when_older_news_comes_late(
    browser: Browser, demo: Demo
) -> None:
    said = await demo.say(f"{CHENGONG.account}@{PROVIDER_GROUP.id}", "我们3万2")
    await demo.say(XIAOLIN.account, "在吗")
    page = await browser.new_page(viewport=DESK)
    fetched, taken_back = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        transcript = await route.fetch()
        if "3万2" in await transcript.text():
            fetched.set()
        await taken_back.wait()
        await route.fulfill(response=transcript)

    await page.route("**/sim/api/transcript?*", late)
    await page.goto(f"{demo.url}/sim")
    async with asyncio.timeout(5):
        await fetched.wait()
    log = page.get_by_role("log", name=f"{PROVIDER_GROUP.name}的群聊")
    await _call(demo, "delete_msg", message_id=said["message_id"])
    await expect(log).to_contain_text("陈工撤回了一条消息")

    taken_back.set()
    await expect(page.locator("#phone-xiaolin .text")).to_have_text(["在吗", "收到：在吗"])

    await expect(log).to_contain_text("陈工撤回了一条消息")
    await expect(log).not_to_contain_text("3万2")


async def test_reloading_shows_what_was_said(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo)
    await demo.say(XIAOLIN.account, "在吗")

    await page.reload()

    await expect(page.locator("#phone-xiaolin .text")).to_have_text(["在吗", "收到：在吗"])


async def test_on_a_small_screen_one_phone_is_chosen_by_tabs(browser: Browser, demo: Demo) -> None:
    page = await _open(browser, demo, HAND)
    await expect(page.locator(".phone:visible")).to_have_count(1)

    await demo.say(WEIJIE.account, "在吗")
    tab = page.get_by_role("tab", name="韦姐")
    await expect(tab).to_have_class("unread")
    await tab.click()
    box = page.get_by_role("textbox", name="韦姐对小科说")
    await box.fill("我的需求")
    await page.locator("#phone-weijie").get_by_role("button", name="发送").click()

    await expect(page.locator("#phone-weijie .text").last).to_have_text("收到：我的需求")
    await page.get_by_role("tab", name="韦姐").press("ArrowRight")
    await expect(page.get_by_role("region", name="科宝服务商群")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK, HAND])
async def test_nothing_sticks_out_of_the_screen(
    browser: Browser, demo: Demo, viewport: ViewportSize
) -> None:
    page = await _open(browser, demo, viewport)
    await demo.say(XIAOLIN.account, "https://example.org/" + "很长" * 60)
    await expect(page.locator("#phone-xiaolin .entry")).to_have_count(2)

    overflow = await page.evaluate(
        """() => [document.documentElement, document.querySelector("#phones"),
                  ...document.querySelectorAll(".phone:not([hidden]) .scroller")]
                 .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth).length"""
    )

    assert overflow == 0
