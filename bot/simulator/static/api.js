// Talking to the simulator: calls, uploads, and the stream of what happens.

export class Refused extends Error {}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error ?? `HTTP ${response.status}`);
  return body;
}

export async function get(path) {
  return answer(await fetch(`/sim/api/${path}`));
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(
    await fetch(`/sim/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
}

export async function upload(account, file) {
  const form = new FormData();
  form.append("account", account);
  form.append("file", file);
  return answer(await fetch("/sim/api/file", { method: "POST", body: form }));
}

/** Follow the stream; the browser reconnects by itself and `onOpen` runs each time. */
export function listen({ onOpen, onEntry, onState, onLost }) {
  const stream = new EventSource("/sim/api/events");
  stream.addEventListener("open", onOpen);
  stream.addEventListener("error", onLost);
  stream.addEventListener("entry", (event) => onEntry(JSON.parse(event.data)));
  stream.addEventListener("state", (event) => onState(JSON.parse(event.data)));
}
