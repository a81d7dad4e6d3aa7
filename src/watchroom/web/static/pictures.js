// Images that go with the next message: pasted, dropped or picked, sent to the room at once, shown in a tray that asks what each
// shows. Without a script nothing is offered.
import { say } from "./forms.js";

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const room = document.getElementById("main")?.dataset.room;
const tray = document.getElementById("tray");
const form = document.getElementById("say");
const line = document.getElementById("line");

export function preparePictures() {
  if (!tray || !form) return;
  const pick = document.getElementById("pick");
  document.getElementById("attach").addEventListener("click", () => pick.click());
  pick.addEventListener("change", () => {
    take(pick.files);
    pick.value = "";
  });
  document.addEventListener("paste", (event) => {
    const files = pictures(event.clipboardData);
    // Words that were copied with a picture of them are words.
    if (!files.length || event.clipboardData.getData("text/plain") || elsewhere(event.target)) return;
    event.preventDefault();
    take(files);
  });
  const target = document.getElementById("room");
  for (const place of [target, form]) {
    place.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      target.classList.add("dropping");
    });
    place.addEventListener("dragleave", () => target.classList.remove("dropping"));
    place.addEventListener("drop", (event) => {
      target.classList.remove("dropping");
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      take(event.dataTransfer.files);
    });
  }
  tray.addEventListener("click", (event) => {
    const away = event.target.closest("[data-away]");
    if (!away) return;
    away.closest(".shot").remove();
    shown();
    line.focus();
  });
  sent();
}

/** Somewhere else something is being written. */
const elsewhere = (element) => element !== line && element.matches?.("input:not(.shot input), textarea, select");
const pictures = (data) => [...(data?.files ?? [])].filter((file) => TYPES.includes(file.type));

async function take(files) {
  for (const file of files) {
    if (!TYPES.includes(file.type)) {
      say(`${file.name || "That"} is no PNG, JPEG, GIF or WebP. Put it elsewhere and post the link.`);
      continue;
    }
    await upload(file);
  }
}

async function upload(file) {
  const shot = waiting();
  let answer = null;
  try {
    answer = await fetch(`/api/v1/incidents/${room}/images`, {
      method: "POST",
      headers: { "Content-Type": file.type, "X-CSRF-Token": form.elements.csrf.value, Accept: "application/json" },
      body: file,
    });
  } catch {
    answer = null;
  }
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok || !said) {
    shot.remove();
    shown();
    say(said?.error ? `${said.error.message} ${said.error.hint}` : "The image did not reach the server. Try again.");
    return;
  }
  const image = document.createElement("img");
  image.src = `/api/v1/incidents/${room}/images/${said.image}`;
  image.alt = "";
  shot.querySelector(".wait").replaceWith(image);
  const digest = document.createElement("input");
  digest.type = "hidden";
  digest.name = "image";
  digest.value = said.image;
  const field = shot.querySelector("[data-alt]");
  field.name = `alt.${said.image}`;
  shot.append(digest);
  field.disabled = false;
  field.focus();
}

function waiting() {
  const shot = document.getElementById("shot").content.firstElementChild.cloneNode(true);
  tray.append(shot);
  shown();
  return shot;
}

/** An image needs no words beside it. */
function shown() {
  const any = tray.childElementCount > 0;
  tray.hidden = !any;
  line.required = !any;
}

/** They go with the message; if it was refused, they come back. */
function sent() {
  const going = new WeakMap();
  form.addEventListener("submit", (event) => {
    if (!tray.querySelector(".wait")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say("An image is still on its way. Send it in a moment.", true);
  }, true);
  document.addEventListener("htmx:config:request", ({ detail }) => {
    if (detail.ctx.sourceElement !== form || !tray.childElementCount) return;
    going.set(detail.ctx, [...tray.children]);
    tray.replaceChildren();
    shown();
  });
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    const failed = !detail.ctx.response || detail.ctx.response.status >= 400;
    if (!failed || !going.has(detail.ctx)) return;
    tray.prepend(...going.get(detail.ctx));
    shown();
  });
}
