// Being called: says so to the server once it is shown, in the title, and with a sound for whoever wants one.
const ring = document.getElementById("ring");
const sound = document.getElementById("sound");
const KEY = "watchroom-sound";
const AGAIN_MS = 4000;

let audio = null;
let timer = 0;

export const isCalled = () => Boolean(ring?.querySelector(".ringing"));

const wanted = () => localStorage.getItem(KEY) === "on";

/** After the page has come and after each swap. */
export function listen() {
  if (!ring) return;
  for (const call of ring.querySelectorAll("[data-shown]:not([data-told])")) {
    call.dataset.told = "";
    confirm(call);
  }
  if (isCalled() && !timer) {
    beep();
    timer = setInterval(beep, AGAIN_MS);
  } else if (!isCalled() && timer) {
    clearInterval(timer);
    timer = 0;
  }
}

async function confirm(call) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  try {
    const answer = await fetch(call.dataset.shown, { method: "POST", headers });
    if (!answer.ok && answer.status >= 500) throw new Error(String(answer.status));
  } catch {
    // It is said again with the next swap: a page that was shown must not look as if it was not.
    delete call.dataset.told;
  }
}

function beep() {
  if (!wanted()) return;
  try {
    audio ??= new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.setValueAtTime(0.12, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.6);
    tone.frequency.value = 660;
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.6);
  } catch {
    // No sound here: the banner and the title are there all the same.
  }
}

function draw() {
  sound.querySelector("span").textContent = wanted() ? "Sound on" : "Sound off";
  sound.setAttribute("aria-pressed", String(wanted()));
}

export function prepareSound() {
  if (!sound) return;
  draw();
  sound.addEventListener("click", () => {
    localStorage.setItem(KEY, wanted() ? "off" : "on");
    draw();
    beep();
  });
}
