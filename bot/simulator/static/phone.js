// One phone: its chats, who speaks, what is typed and what was said.

import { post, upload } from "./api.js";
import { bubble, pause } from "./bubbles.js";
import { el, icon, span, timeOfDay } from "./dom.js";
import { suggestions } from "./suggestions.js";

const NEAR_THE_END = 80;

export class Phone {
  /** `chats` are [{id, label, seats}]: a seat speaks, several may share a group. */
  constructor({ id, title, subtitle, manner, chats, world, report }) {
    Object.assign(this, { id, title, manner, chats, world, report });
    this.chat = chats[0];
    this.speaker = new Map(chats.map((chat) => [chat.id, chat.seats[0]]));
    this.drafts = new Map();
    this.unread = new Set();
    this.quoted = null;
    this.waiting = new Map();
    this.element = this.#build(subtitle);
    this.#enter(this.chat);
  }

  get seat() {
    return this.speaker.get(this.chat.id);
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  shows(chatId) {
    return this.chats.some((chat) => chat.id === chatId);
  }

  // -- building ---------------------------------------------------------------------------

  #build(subtitle) {
    this.heading = el("h2", { id: `${this.id}-title` }, this.title);
    this.detail = el("p", { class: "detail" }, subtitle);
    this.time = el("span", { class: "phone-time" });
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0" });
    this.typing = el("div", { class: "typing", hidden: true }, el("i"), el("i"), el("i"), el("span", { class: "unseen" }, "小科正在回复"));
    return el(
      "section",
      { class: `phone ${this.manner}`, id: this.id, "aria-labelledby": `${this.id}-title` },
      el("header", { class: "top" }, this.time, this.heading, this.detail),
      el("div", { class: "strip" }, this.#window(), this.#tabs(), this.#members()),
      el("div", { class: "scroller" }, this.log, this.typing),
      this.#composer(),
    );
  }

  #window() {
    if (this.manner !== "oa") return null;
    this.meter = el("div", { class: "meter", role: "img" });
    this.meterText = el("span", { class: "meter-text" });
    return el("div", { class: "window" }, this.meter, this.meterText);
  }

  #members() {
    const [only] = this.chats;
    if (this.chats.length > 1 || !only.seats[0].room) return null;
    return el("p", { class: "members" }, [...only.seats.map((seat) => seat.name), "小科"].join("、"));
  }

  #tabs() {
    if (this.chats.length === 1) return null;
    this.buttons = new Map();
    const row = el("div", { class: "segments", role: "group", "aria-label": "换一个会话" });
    for (const chat of this.chats) {
      const button = el("button", { type: "button", "aria-pressed": "false", onclick: () => this.#enter(chat) }, chat.label);
      this.buttons.set(chat.id, button);
      row.append(button);
    }
    return row;
  }

  #composer() {
    this.speakers = el("div", { class: "speakers", role: "radiogroup", "aria-label": "以谁的身份说" });
    this.ideas = el("div", { class: "ideas", id: `${this.id}-ideas`, role: "group", "aria-label": "试试这样说", hidden: true });
    this.quoteLine = el("div", { class: "quoting", hidden: true });
    this.input = el("textarea", { rows: "1", enterkeyhint: "send", onkeydown: (event) => this.#key(event), oninput: () => this.#grow() });
    this.file = el("input", { type: "file", hidden: true, "aria-label": "选文件", onchange: () => this.#attach() });
    this.ideaToggle = el("button", { type: "button", class: "tool", "aria-label": "试试这样说", title: "试试这样说", "aria-expanded": "false", "aria-controls": `${this.id}-ideas`, onclick: () => this.#toggleIdeas() }, icon("idea"));
    const send = el("button", { type: "submit", class: "send", "aria-label": "发送" }, el("span", {}, "发送"), icon("send"));
    return el(
      "form",
      { class: "composer", onsubmit: (event) => { event.preventDefault(); this.#send(); } },
      this.speakers,
      this.ideas,
      this.quoteLine,
      el("div", { class: "row" }, this.#more(), this.ideaToggle, this.input, send),
      this.file,
    );
  }

  #more() {
    const menu = el("div", { class: "more-menu", id: `${this.id}-more`, hidden: true });
    const toggle = el("button", { type: "button", class: "tool", "aria-label": "发文件、图片或位置", title: "发文件、图片或位置", "aria-expanded": "false", "aria-controls": `${this.id}-more` }, icon("plus"));
    const close = () => {
      menu.hidden = true;
      toggle.setAttribute("aria-expanded", "false");
    };
    const item = (label, action) =>
      menu.append(el("button", { type: "button", onclick: () => { close(); action(); } }, label));
    item("文件或图片…", () => this.file.click());
    item("随手拍一张", () => this.#do("image"));
    item("我的位置", () => this.#do("location"));
    item("一段语音", () => this.#do("voice"));
    if (this.manner === "oa") {
      item("关注", () => this.#do("subscribe"));
      item("取消关注", () => this.#do("unsubscribe"));
    }
    toggle.addEventListener("click", () => {
      menu.hidden = !menu.hidden;
      toggle.setAttribute("aria-expanded", String(!menu.hidden));
      if (!menu.hidden) menu.querySelector("button").focus();
    });
    const holder = el("div", { class: "more" }, toggle, menu);
    holder.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || menu.hidden) return;
      close();
      toggle.focus();
    });
    holder.addEventListener("focusout", (event) => {
      if (!holder.contains(event.relatedTarget)) close();
    });
    return holder;
  }

  // -- moving between chats ---------------------------------------------------------------

  #enter(chat) {
    this.drafts.set(this.chat.id, this.input.value);
    this.chat = chat;
    this.unread.delete(chat.id);
    this.input.value = this.drafts.get(chat.id) ?? "";
    this.#grow();
    this.#quote(null);
    this.#markTabs();
    this.#showSpeakers();
    this.render();
  }

  #markTabs() {
    if (!this.buttons) return;
    for (const chat of this.chats) {
      const button = this.buttons.get(chat.id);
      const unread = this.unread.has(chat.id);
      button.setAttribute("aria-pressed", String(chat === this.chat));
      button.classList.toggle("unread", unread);
      button.setAttribute("aria-label", unread ? `${chat.label}，有新消息` : chat.label);
    }
  }

  #showSpeakers() {
    const seats = this.chat.seats;
    this.speakers.hidden = seats.length === 1;
    this.speakers.replaceChildren(el("span", { "aria-hidden": "true" }, "发言"));
    for (const seat of seats.length > 1 ? seats : []) {
      const radio = el("input", { type: "radio", name: `${this.id}-speaker`, value: seat.account, onchange: () => this.#speakAs(seat) });
      radio.checked = seat === this.seat;
      this.speakers.append(el("label", {}, radio, el("span", {}, seat.name)));
    }
    this.#label();
  }

  #speakAs(seat) {
    this.speaker.set(this.chat.id, seat);
    this.#label();
    this.render();
  }

  #label() {
    const place = this.seat.room ? this.seat.room_name : "小科";
    this.log.setAttribute("aria-label", this.seat.room ? `${place}的群聊` : `${this.seat.name}与小科的对话`);
    this.input.setAttribute("aria-label", `${this.seat.name}对${place}说`);
    this.input.placeholder = `${this.seat.name}说…`;
    this.#fillIdeas();
  }

  // -- showing ----------------------------------------------------------------------------

  /** Draw the whole chat anew. */
  render() {
    const entries = this.world.entries(this.chat.id);
    this.log.replaceChildren();
    if (!entries.length) this.log.append(this.#welcome());
    entries.forEach((entry, place) => this.#append(entry, entries[place - 1]));
    this.typing.hidden = !this.waiting.get(this.chat.id);
    this.#toEnd();
  }

  /** Take in one entry that is new, or changed. */
  receive(entry, previous, isNew) {
    if (entry.chat !== this.chat.id) {
      if (isNew && entry.from !== "system") this.unread.add(entry.chat);
      this.#markTabs();
      return;
    }
    const old = this.log.querySelector(`[data-id="${entry.id}"]`);
    if (old) {
      old.replaceWith(this.#bubble(entry));
      return;
    }
    this.log.querySelector(".welcome")?.remove();
    const scroller = this.log.parentElement;
    const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_THE_END;
    this.#append(entry, previous, true);
    if (atEnd || this.#mine(entry)) this.#toEnd();
  }

  #append(entry, previous, fresh = false) {
    const separator = pause(entry, previous);
    if (separator) this.log.append(separator);
    const element = this.#bubble(entry);
    if (fresh) element.classList.add("fresh");
    this.log.append(element);
  }

  #bubble(entry) {
    return bubble(entry, {
      mine: this.#mine(entry),
      named: Boolean(this.seat.room) && !this.#mine(entry),
      onChoice: (choice) => this.say(choice.say, { menu_id: choice.menu_id ?? undefined }),
      onQuote: this.manner === "chat" && entry.message_id ? (quoted) => this.#quote(quoted) : null,
    });
  }

  #mine(entry) {
    return this.seat.account.split("@")[0] === entry.from;
  }

  /** Offer what can be said by now. */
  refresh() {
    this.#fillIdeas();
    this.log.querySelector(".welcome")?.replaceWith(this.#welcome());
  }

  #welcome() {
    const ideas = this.#sentences().map((text) => el("button", { type: "button", onclick: () => this.#fill(text) }, text));
    return el("div", { class: "welcome" }, el("p", {}, "试试这样说"), ...ideas);
  }

  #toEnd() {
    const scroller = this.log.parentElement;
    requestAnimationFrame(() => { scroller.scrollTop = scroller.scrollHeight; });
  }

  /** Show the virtual time, and on a follower's phone what may still be sent. */
  tick(now, state) {
    this.time.textContent = timeOfDay(now);
    if (!this.meter || !state) return;
    const { following, open } = state.windows[this.seat.account] ?? { following: false, open: [] };
    const running = open.filter((window) => new Date(window.expires_at) > now);
    const window = running.find((one) => one.scene === "message") ?? running[0];
    const total = window?.total ?? 5;
    const remaining = following && window ? window.remaining : 0;
    this.meter.replaceChildren(...Array.from({ length: total }, (_, place) => el("i", { class: place < remaining ? "on" : "" })));
    const text = this.#windowText(following, window, now);
    this.meterText.textContent = text;
    this.meter.setAttribute("aria-label", text);
  }

  #windowText(following, window, now) {
    if (!following) return "已取消关注";
    if (!window) return "对方开口后才能主动发";
    return `主动消息还剩 ${window.remaining}/${window.total} · ${span(new Date(window.expires_at) - now)}`;
  }

  // -- speaking ---------------------------------------------------------------------------

  #key(event) {
    // Enter inside an input method picks a word; it does not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #grow() {
    this.input.style.height = "";
    if (this.input.value) this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 120)}px`;
  }

  #fill(text) {
    this.input.value = text;
    this.#grow();
    this.input.focus();
  }

  #send() {
    const text = this.input.value.trim();
    if (!text) return;
    const quote = this.quoted?.id;
    this.input.value = "";
    this.#grow();
    this.#quote(null);
    this.say(text, { quote });
  }

  say(text, more = {}) {
    return this.#wait(() => post("say", { account: this.seat.account, text, ...more }));
  }

  #do(event) {
    return this.#wait(() => post("event", { account: this.seat.account, event }));
  }

  #attach() {
    const [file] = this.file.files;
    this.file.value = "";
    return file ? this.#wait(() => upload(this.seat.account, file)) : undefined;
  }

  /** Run a call that the bot may answer at once, with the dots showing meanwhile. */
  async #wait(call) {
    const chat = this.chat.id;
    const counts = (by) => {
      this.waiting.set(chat, (this.waiting.get(chat) ?? 0) + by);
      this.typing.hidden = !this.waiting.get(this.chat.id);
      if (by > 0) this.#toEnd();
    };
    counts(1);
    try {
      await call();
    } catch (error) {
      this.report(error.message);
    } finally {
      counts(-1);
    }
  }

  #quote(entry) {
    this.quoted = entry;
    this.quoteLine.hidden = !entry;
    if (!entry) return;
    const stop = el("button", { type: "button", "aria-label": "不引用了", onclick: () => this.#quote(null) }, "×");
    this.quoteLine.replaceChildren(el("span", {}, `${entry.name}：${entry.text || "附件"}`), stop);
    this.input.focus();
  }

  // -- ideas ------------------------------------------------------------------------------

  #sentences() {
    return suggestions(this.seat, this.world.seen());
  }

  #fillIdeas() {
    const pick = (text) => { this.#fill(text); this.#toggleIdeas(false); };
    this.ideas.replaceChildren(...this.#sentences().map((text) => el("button", { type: "button", onclick: () => pick(text) }, text)));
  }

  #toggleIdeas(show = this.ideas.hidden) {
    this.ideas.hidden = !show;
    this.ideaToggle.setAttribute("aria-expanded", String(show));
    this.#toEnd();
  }
}
