// The live stream: tells when it is cut, comes back by itself without loss, and steps aside when too many tabs are open
// (docs/decisions/0007-many-tabs.md). Frames are applied by htmx; the number of the last one is kept here across connections.
const PARKED_EVERY_MS = 5000;
const RETRY_MS = 2000;
// So many signs of life may be missing before the connection counts as dead.
const SIGNS_MISSED = 2.5;
const LISTEN_EVERY_MS = 1000;

const stream = document.getElementById("stream");
const lost = document.getElementById("lost");
const usual = lost?.textContent;

let lastId = "";
let once = false;
let parked = false;
let timer = 0;
let shut = false;
let heardAt = 0;
let signEveryMs = 0;

/** Whether a swap leaves this node and all in it alone: a form in which somebody is typing. */
export const skipsMorph = (node) => node.matches?.("form[data-dirty]") ?? false;

/** The number up to which this page shows the room. */
export const lastSeen = () => Number(lastId || new URL(stream.getAttribute("hx-sse:connect"), location.href).searchParams.get("after"));

const isOurs = (event) => event.target === stream || event.detail?.ctx?.sourceElement === stream;

function connect(asOnce) {
  clearTimeout(timer);
  if (shut || stream._htmx?.sse) return;
  once = asOnce;
  stream.dispatchEvent(new CustomEvent("room:connect"));
}

function later(ms, asOnce) {
  clearTimeout(timer);
  timer = setTimeout(() => connect(asOnce), ms);
}

function show(isLost, text) {
  lost.hidden = !isLost;
  if (isLost) lost.textContent = text ?? usual;
}

export function follow() {
  if (!stream) return;
  document.addEventListener("htmx:config:request", (event) => {
    if (event.detail.ctx.sourceElement !== stream) return;
    const { headers } = event.detail.ctx.request;
    if (lastId) headers["Last-Event-ID"] = lastId;
    if (once) headers["Live-Once"] = "1";
  });
  document.addEventListener("htmx:sse:after:connection", (event) => {
    if (!isOurs(event)) return;
    heardAt = Date.now();
    show(false);
  });
  document.addEventListener("htmx:sse:after:message", (event) => {
    if (!isOurs(event)) return;
    heardAt = Date.now();
    if (event.detail.message.id) lastId = event.detail.message.id;
  });
  stream.addEventListener("alive", (event) => {
    signEveryMs = Number(event.detail.data) * 1000;
  });
  setInterval(listen, LISTEN_EVERY_MS);
  document.addEventListener("htmx:sse:error", (event) => {
    if (isOurs(event)) cut(event.detail.status);
  });
  // The first connection of all is an ordinary request, which nobody repeats but us.
  for (const name of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(name, (event) => {
      if (!isOurs(event)) return;
      cut(event.detail.ctx?.response?.status);
      later(parked ? PARKED_EVERY_MS : RETRY_MS, parked);
    });
  }
  document.addEventListener("htmx:sse:close", (event) => {
    if (!isOurs(event)) return;
    if (event.detail.reason === "message") {
      parked = true;
      later(PARKED_EVERY_MS, true);
    } else if (event.detail.reason === "ended") {
      later(RETRY_MS, false);
    }
  });
  // More has happened than is worth sending piece by piece.
  stream.addEventListener("reload", () => location.reload());
  stream.addEventListener("restricted", shutRoom);

  const seen = () => {
    if (document.hidden) return;
    if (parked) {
      parked = false;
      connect(false);
    }
  };
  addEventListener("focus", seen);
  document.addEventListener("visibilitychange", () => {
    listen();
    seen();
  });
  addEventListener("online", again);
  addEventListener("offline", () => show(true));
}

/** Whether signs of life still come: a connection can die without either side being told (a dead access point, a sleep). */
function listen() {
  if (parked || !signEveryMs || Date.now() - heardAt <= SIGNS_MISSED * signEveryMs) return;
  heardAt = Date.now();
  show(true);
  again();
}

/** The viewer has lost sight of this room: what the page showed of it goes, and a calm word takes its place. */
function shutRoom() {
  const word = document.getElementById("shut");
  if (!word || shut) return;
  shut = true;
  clearTimeout(timer);
  show(false);
  // The clocks' script names the tab after `#main` once the room's own strip is gone, at its next tick; this is sooner.
  document.title = "Restricted · Watchroom";
  const kept = new Set(["stream", "lost", "ring", "trouble", "notices", "shut"]);
  for (const part of [...document.body.children]) {
    if (!kept.has(part.id) && !part.matches("nav.top, .skip")) part.remove();
  }
  document.body.className = "door";
  document.getElementById("trouble").after(word.content.cloneNode(true));
  document.querySelector(".shut h1").setAttribute("tabindex", "-1");
  document.querySelector(".shut h1").focus();
}

function again() {
  stream._htmx?.sse?.reader?.cancel();
}

function cut(status) {
  // A room does not go away: if it is not there any more, it is hidden from this viewer.
  if ((status === 404 || status === 403) && document.getElementById("shut")) {
    shutRoom();
    return;
  }
  if (status === 401 || status === 403) show(true, "You are signed out. Load the page again to sign in; what you typed is still here.");
  else show(true);
}
