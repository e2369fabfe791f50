// The demo page: phones from the seats there are, kept current by the stream of events.

import { get, listen } from "./api.js";
import { Controls } from "./controls.js";
import { el } from "./dom.js";
import { Phone } from "./phone.js";

const NARROW = window.matchMedia("(max-width: 720px)");

/** What was said in every chat, in order. */
class World {
  #chats = new Map();
  #seen = { D: null, O: null };

  entries(chat) {
    return this.#chats.get(chat) ?? [];
  }

  /** The newest demand and order number anybody was told. */
  seen() {
    return this.#seen;
  }

  #notice(text) {
    for (const [no] of text.matchAll(/\b[DO]\d{4,}\b/g)) this.#seen[no[0]] = no;
  }

  /** Put an entry in its place; returns whether it is new, and the one before it. */
  take(entry) {
    const entries = this.entries(entry.chat);
    this.#chats.set(entry.chat, entries);
    if (entry.from === "bot") this.#notice(entry.text);
    const place = entries.findIndex((one) => one.id === entry.id);
    if (place >= 0) {
      // A transcript asked for before a message was taken back may arrive after the news of it.
      if (entries[place].kind !== "recalled") entries[place] = entry;
      return { isNew: false, previous: entries[place - 1] };
    }
    // The stream may be ahead of a transcript that is still being fetched.
    const after = entries.findIndex((one) => one.id > entry.id);
    entries.splice(after < 0 ? entries.length : after, 0, entry);
    return { isNew: true, previous: entries[entries.indexOf(entry) - 1] };
  }
}

function toast(text) {
  const element = document.getElementById("toast");
  element.textContent = text;
  element.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { element.hidden = true; }, 5000);
}

const chat = (seats, label) => ({ id: seats[0].chat, label, seats });

/** Which phones lie on the table: one per buyer, the groups, and who can be switched between. */
function plan(seats) {
  const of = (role, inRoom) => seats.filter((seat) => seat.role === role && Boolean(seat.room) === inRoom);
  const buyers = of("buyer", false).map((seat) => ({
    id: `phone-${seat.key}`, title: seat.name, subtitle: seat.company, manner: "oa", chats: [chat([seat], seat.name)],
  }));
  const group = of("provider", true);
  const providers = of("provider", false);
  const staff = of("staff", false);
  const desk = of("staff", true);
  return [
    ...buyers,
    group.length && {
      id: "phone-group", title: group[0].room_name, subtitle: `${group.length} 家服务商 · 群聊`, manner: "chat", chats: [chat(group, "群")],
    },
    providers.length && {
      id: "phone-provider", title: "服务商", subtitle: "与小科私聊", manner: "chat", chats: providers.map((seat) => chat([seat], seat.name)),
    },
    staff.length && {
      id: "phone-staff", title: "服务中心", subtitle: "私聊与值班群", manner: "chat",
      chats: [...staff.map((seat) => chat([seat], seat.name)), ...(desk.length ? [chat(desk, "值班群")] : [])],
    },
  ].filter(Boolean);
}

function tabs(phones) {
  const list = document.getElementById("tabs");
  const select = (phone, { focus = false } = {}) => {
    for (const other of phones) {
      const chosen = other === phone;
      other.element.classList.toggle("current", chosen);
      other.tab.setAttribute("aria-selected", String(chosen));
      other.tab.tabIndex = chosen ? 0 : -1;
    }
    phone.tab.classList.remove("unread");
    phone.tab.scrollIntoView({ block: "nearest", inline: "center" });
    if (focus) phone.tab.focus();
  };
  phones.forEach((phone, place) => {
    phone.tab = el("button", { type: "button", role: "tab", id: `tab-${phone.id}`, "aria-controls": phone.id, onclick: () => select(phone) }, phone.title.replace("科宝", ""));
    phone.tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) select(phones[(place + step + phones.length) % phones.length], { focus: true });
    });
    list.append(phone.tab);
  });
  select(phones[0]);
}

async function start() {
  const world = new World();
  const controls = new Controls(toast);
  const seats = await get("accounts");
  const phones = plan(seats).map((one) => new Phone({ ...one, world, report: toast }));
  document.getElementById("phones").append(...phones.map((phone) => phone.element));
  tabs(phones);

  const tick = () => {
    controls.tick();
    for (const phone of phones) phone.tick(controls.now(), controls.state);
  };

  const load = async () => {
    const chats = [...new Map(seats.map((seat) => [seat.chat, seat])).values()];
    const transcripts = await Promise.all(chats.map((seat) => get(`transcript?account=${encodeURIComponent(seat.account)}`)));
    for (const { entries } of transcripts) entries.forEach((entry) => world.take(entry));
    for (const phone of phones) phone.render();
  };

  listen({
    onOpen: () => load().catch((error) => toast(error.message)),
    onLost: () => controls.lost(),
    onState: (state) => {
      // Another world behind the same address has other people's numbers: begin anew.
      if (controls.state && controls.state.world !== state.world) location.reload();
      controls.show(state);
      tick();
    },
    onEntry: (entry) => {
      const { isNew, previous } = world.take(entry);
      for (const phone of phones) {
        phone.refresh();
        if (!phone.shows(entry.chat)) continue;
        phone.receive(entry, previous, isNew);
        if (isNew && NARROW.matches && !phone.element.classList.contains("current")) phone.tab.classList.add("unread");
      }
    },
  });
  setInterval(tick, 1000);
}

start().catch((error) => toast(`没能打开演示台：${error.message}`));
