// One entry of a chat as an element.

import { el, icon, moment, size } from "./dom.js";

const LINK = /https?:\/\/[^\s<>"'，。；！？）】」]+/g;
const PAYMENT = /\/sandbox\/pay\//;
const PAUSE = 5 * 60_000;

/** Text with its links made tappable; a payment link becomes a button of its own. */
function rich(text) {
  const body = el("p", { class: "text" });
  const payments = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    body.append(text.slice(end, match.index));
    end = match.index + match[0].length;
    const opens = { href: match[0], target: "_blank", rel: "noopener noreferrer" };
    if (PAYMENT.test(match[0])) {
      payments.push(el("a", { ...opens, class: "pay" }, "去付款页", el("span", { "aria-hidden": "true" }, "›")));
    } else {
      body.append(el("a", opens, match[0]));
    }
  }
  body.append(text.slice(end));
  return body.textContent.trim() ? [body, ...payments] : payments;
}

function attachment(media) {
  const opens = { href: media.url, target: "_blank", rel: "noopener" };
  if (media.kind === "image") {
    return el("a", { ...opens, class: "picture" }, el("img", { src: media.url, alt: media.name || "图片", loading: "lazy" }));
  }
  if (media.kind === "voice") return el("a", { ...opens, class: "voice", download: media.name }, icon("voice"), "语音");
  return el(
    "a",
    { ...opens, class: "file", download: media.name },
    el("span", { class: "glyph", "aria-hidden": "true" }, (media.name.split(".").pop() || "?").slice(0, 4).toUpperCase()),
    el("span", { class: "file-name" }, media.name, el("small", {}, size(media.size_bytes))),
  );
}

function choices(entry, onChoice) {
  if (!entry.choices.length) return null;
  const list = el("div", { class: "choices", role: "group", "aria-label": "可以点的选项" });
  for (const choice of entry.choices) {
    const typed = choice.menu_id === null && /^\d$/.test(choice.say);
    const number = typed ? el("b", {}, `${choice.say} `) : null;
    list.append(el("button", { type: "button", class: "choice", onclick: () => onChoice(choice) }, number, choice.label));
  }
  return list;
}

function avatar(entry) {
  if (entry.from === "bot") return el("img", { class: "avatar", src: "/sim/static/icon.svg", alt: "" });
  const hue = [...entry.from].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  return el("span", { class: "avatar", "aria-hidden": "true", "data-hue": Math.floor(hue / 60) }, entry.name.replace(/^小/, "").slice(0, 1));
}

function line(entry, content) {
  return el("div", { class: "notice", "data-id": entry.id }, content);
}

/** A separator with the time, if people paused before this entry. */
export function pause(entry, previous) {
  const at = new Date(entry.at);
  if (previous && at - new Date(previous.at) < PAUSE) return null;
  return el("div", { class: "pause" }, moment(at, previous ? new Date(previous.at) : at));
}

/** The bubble itself. `mine` says on which side it stands. */
export function bubble(entry, { mine, named, onChoice, onQuote }) {
  if (entry.kind === "system" || entry.kind === "recalled") return line(entry, entry.text);
  const body = el("div", { class: "body" });
  body.append(el("span", { class: named ? "name" : "name unseen" }, mine ? "我" : entry.name));
  const bare = !entry.text && entry.media.every((media) => media.kind === "image");
  const box = el("div", { class: bare ? "bubble bare" : "bubble" });
  if (entry.quote) box.append(el("p", { class: "quoted" }, entry.quote));
  if (entry.kind === "location") box.append(el("p", { class: "place" }, icon("place"), entry.text));
  else if (entry.text) box.append(...rich(entry.text));
  box.append(...entry.media.map(attachment));
  body.append(box);
  const tappable = choices(entry, onChoice);
  if (tappable) body.append(tappable);
  const quote = onQuote && !mine && el("button", { type: "button", class: "quote", "aria-label": `引用${entry.name}的话`, title: "引用", onclick: () => onQuote(entry) }, icon("quote"));
  return el("article", { class: `entry ${mine ? "mine" : "theirs"}`, "data-id": entry.id }, avatar(entry), body, quote);
}
