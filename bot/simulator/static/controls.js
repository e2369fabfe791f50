// The bar above the phones: virtual clock, troubles, whether the bot holds the line.

import { post } from "./api.js";
import { dayOf, timeOfDay } from "./dom.js";

const byId = (id) => document.getElementById(id);

export class Controls {
  #offset = 0;

  constructor(report) {
    this.report = report;
    this.state = null;
    this.#clock();
    this.#troubles();
  }

  /** The virtual time: the clock's last word plus what has passed since. */
  now() {
    return new Date(Date.now() + this.#offset);
  }

  show(state) {
    this.state = state;
    this.#offset = new Date(state.now) - Date.now();
    this.tick();
    this.#line(state.connected ? "online" : "waiting", state.connected ? "小科在线" : "群连接断开，正在重连");
    const { troubles } = state;
    const inputs = [...byId("trouble").querySelectorAll("input")];
    for (const input of inputs) input.checked = Boolean(troubles[input.name]);
    const active = inputs.filter((input) => input.checked).length;
    byId("trouble-count").hidden = !active;
    byId("trouble-count").textContent = active;
    byId("trouble-toggle").classList.toggle("active", active > 0);
    byId("trouble-toggle").setAttribute("aria-label", active ? `出点岔子，开着 ${active} 个` : "出点岔子");
  }

  lost() {
    this.#line("lost", "服务没有应答，正在重连");
  }

  tick() {
    const now = this.now();
    byId("now").replaceChildren(dayOf(now), Object.assign(document.createElement("b"), { textContent: timeOfDay(now) }));
    byId("now").dateTime = now.toISOString();
  }

  #line(status, text) {
    const line = byId("line");
    if (line.textContent !== text) line.textContent = text;
    line.dataset.status = status;
  }

  #clock() {
    for (const button of document.querySelectorAll("[data-advance]")) {
      button.addEventListener("click", () => this.#run("clock", { advance_s: Number(button.dataset.advance) }));
    }
  }

  #troubles() {
    const toggle = byId("trouble-toggle");
    const panel = byId("trouble");
    const open = (shown) => {
      panel.hidden = !shown;
      toggle.setAttribute("aria-expanded", String(shown));
    };
    toggle.addEventListener("click", () => open(panel.hidden));
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest(".trouble")) open(false);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || panel.hidden) return;
      open(false);
      toggle.focus();
    });
    panel.addEventListener("submit", (event) => event.preventDefault());
    panel.addEventListener("change", ({ target }) => {
      const value = target.name === "late_s" ? (target.checked ? Number(target.value) : 0) : target.checked;
      this.#run("trouble", { [target.name]: value });
    });
    for (const button of panel.querySelectorAll("[data-once]")) {
      button.addEventListener("click", () => this.#run("trouble", { [button.dataset.once]: true }));
    }
  }

  async #run(call, body) {
    try {
      await post(call, body);
    } catch (error) {
      this.report(error.message);
    }
  }
}
