// Keeps the page true to the folder: on a save it fetches itself anew and changes only what differs,
// so that nobody loses their place. Sizes the frames. Without it everything works by reloading.
"use strict";

document.documentElement.classList.add("with-script");

// Frames: each is laid out at its own width, then scaled down to the room there is.
function fit(frame) {
  const width = Number(frame.dataset.width), box = frame.parentElement;
  const scale = Math.min(1, box.clientWidth / width);
  frame.style.width = `${width}px`;
  frame.style.transform = `scale(${scale})`;
  if (!frame.classList.contains("whole")) {
    frame.style.height = `${box.clientHeight / scale}px`;
    return;
  }
  const page = frame.contentDocument?.documentElement;
  if (!page?.querySelector("body")) return;
  box.style.height = `${box.offsetHeight}px`; // holds the reader's place while the frame is measured
  frame.style.height = "1px";
  const height = page.scrollHeight;
  frame.style.height = `${height}px`;
  box.style.height = `${height * scale + box.offsetHeight - box.clientHeight}px`;
}

const watched = new ResizeObserver((seen) => seen.forEach(({ target }) => {
  if (target.firstElementChild?.tagName === "IFRAME") fit(target.firstElementChild);
}));

function takeCare() {
  for (const frame of document.querySelectorAll("iframe[data-width]")) {
    if (frame.dataset.cared) continue;
    frame.dataset.cared = "yes";
    frame.addEventListener("load", () => fit(frame));
    watched.observe(frame.parentElement);
    fit(frame);
  }
  for (const box of document.querySelectorAll("[data-fragment]")) fill(box);
}

// The page: from what it is to what it should be, element by element.
const ours = (element) => element.matches?.("iframe, .screen");

function morph(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName) return now.replaceWith(next);
  if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
    return;
  }
  if (now.nodeName === "IFRAME") return turn(now, next);
  syncAttributes(now, next);
  if (now.dataset.fragment || now.id === "pulse") return;
  const olds = [...now.childNodes], news = [...next.childNodes];
  news.forEach((child, place) => (place < olds.length ? morph(olds[place], child) : now.append(child)));
  olds.slice(news.length).forEach((child) => child.remove());
  if (now.nodeName === "INPUT") now.checked = now.hasAttribute("checked");
  if (now.nodeName === "OPTION") now.selected = now.hasAttribute("selected");
}

function syncAttributes(now, next) {
  for (const { name, value } of [...next.attributes]) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
  for (const { name } of [...now.attributes]) {
    const kept = name === "open" || (name === "style" && ours(now)) || (name === "class" && now === document.documentElement);
    if (!kept && !next.hasAttribute(name)) now.removeAttribute(name);
  }
}

function turn(frame, next) {
  frame.title = next.title;
  frame.dataset.width = next.dataset.width;
  const from = frame.getAttribute("src"), to = next.getAttribute("src");
  if (from === to) return fit(frame);
  const fresh = frame.cloneNode(false); // loads out of sight, then takes the old one's place
  fresh.setAttribute("src", to);
  fresh.loading = "eager";
  frame.parentElement.querySelectorAll("iframe.coming").forEach((late) => late.remove());
  fresh.classList.add("coming");
  fresh.dataset.cared = "yes";
  fresh.addEventListener("load", () => {
    fresh.classList.remove("coming");
    frame.remove();
    fit(fresh);
  });
  frame.after(fresh);
}

let latest = 0;
async function show(url, { push = false } = {}) {
  const mine = ++latest;
  const answer = await fetch(url, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== latest) return;
  if (push) history.pushState(null, "", url);
  document.title = page.title;
  morph(document.body, page.body);
  document.documentElement.dataset.version = page.documentElement.dataset.version;
  takeCare();
}

async function fill(box) {
  const key = `${box.dataset.fragment} ${document.documentElement.dataset.version}`;
  if (box.dataset.filled === key) return;
  box.dataset.filled = key;
  const answer = await fetch(box.dataset.fragment, { cache: "no-store" });
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#problems");
  if (!found || box.dataset.filled !== key) return;
  const open = box.querySelector("details")?.open;
  box.replaceChildren(found);
  if (open) box.querySelector("details")?.setAttribute("open", "");
  const chip = document.querySelector(`[data-count-of="${box.id}"]`), count = Number(found.dataset.count);
  if (!chip) return;
  chip.textContent = count ? `Lint: ${count}` : "Lint: none";
  chip.classList.toggle("bad", count > 0);
}

// The folder: every save is told.
function pulse(state, words) {
  const sign = document.getElementById("pulse");
  sign.dataset.state = state;
  if (sign.lastElementChild.textContent !== words) sign.lastElementChild.textContent = words;
}

const changes = new EventSource("/changes");
changes.addEventListener("message", ({ data }) => {
  pulse("live", "Live");
  if (data !== document.documentElement.dataset.version) show(location.href).catch(() => {});
});
changes.addEventListener("error", () => pulse("lost", "Preview has stopped"));
addEventListener("pagehide", () => changes.close());
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

// The controls.
function chosen(form) {
  return `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
}
document.addEventListener("change", ({ target }) => {
  if (target.form?.id === "controls") show(chosen(target.form), { push: true });
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "controls") return;
  event.preventDefault();
  show(chosen(event.target), { push: true });
});
addEventListener("popstate", () => show(location.href));

function next(name) {
  const form = document.getElementById("controls");
  if (!form?.elements[name]) return;
  const field = form.elements[name];
  if (field instanceof HTMLSelectElement) field.selectedIndex = (field.selectedIndex + 1) % field.length;
  else if (field instanceof RadioNodeList) {
    const all = [...field];
    all[(all.findIndex((radio) => radio.checked) + 1) % all.length].checked = true;
  }
  show(chosen(form), { push: true });
}
const KEYS = { l: "locale", s: "sample", m: "mode", w: "width" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, input[type=text]")) return;
  if (KEYS[event.key]) next(KEYS[event.key]);
  if (event.key === "j") document.querySelector("a[rel=next]")?.click();
  if (event.key === "k") document.querySelector("a[rel=prev]")?.click();
});

takeCare();
