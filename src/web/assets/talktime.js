// What pages do beyond HTML: the moving countdown, prices while typing, one more input. Every page works without it.
"use strict";

const byId = (id) => document.getElementById(id);

function duration(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function time(iso, text) {
  const made = element("time", text);
  made.dateTime = iso;
  return made;
}

function watchCall(page) {
  const countdown = byId("countdown");
  let left = countdown.dataset.seconds === "" ? null : Number(countdown.dataset.seconds);
  let heard = performance.now();
  let limit = null;

  // Between two events the countdown goes on by itself.
  const draw = () => {
    if (left === null) return;
    const now = Math.max(0, left - Math.floor((performance.now() - heard) / 1000));
    countdown.textContent = duration(now);
    byId("left").classList.toggle("near", now <= 30);
  };

  const legRow = (leg) => {
    const row = element("tr");
    const phone = element("td", leg.number);
    phone.append(element("br"), element("small", (leg.yours ? "the paying phone, " : "") + leg.destination));
    row.append(phone, element("td", leg.state), element("td", leg.time, "number"));
    return row;
  };

  const showLines = (lines) => {
    const list = byId("lines");
    for (const line of lines.slice(list.children.length)) {
      const item = element("li", undefined, line.kind);
      item.append(time(line.at, line.clock), " " + line.text);
      list.append(item);
    }
  };

  const show = (call) => {
    if (limit !== null && call.limit_at !== null && call.limit_at > limit) {
      byId("left").classList.add("longer");
      setTimeout(() => byId("left").classList.remove("longer"), 3000);
    }
    limit = call.limit_at;
    left = call.seconds_left;
    heard = performance.now();
    countdown.textContent = call.countdown;
    byId("left").hidden = !call.running;
    byId("hang_up").hidden = !call.running;
    for (const id of ["title", "cost", "burn", "held"]) {
      if (byId(id).textContent !== call[id]) byId(id).textContent = call[id];
    }
    byId("checkpoint").replaceChildren(call.checkpoint_at ? time(call.checkpoint_at, call.checkpoint_at) : "–");
    byId("legs").replaceChildren(...call.legs.map(legRow));
    showLines(call.lines);
    draw();
  };

  const events = new EventSource(page.dataset.events);
  events.onmessage = (message) => {
    const call = JSON.parse(message.data);
    show(call);
    if (call.over) events.close();
  };
  setInterval(draw, 250);
}

function helpDialling(form) {
  const add = byId("add");
  add.hidden = false;
  add.onclick = () => {
    const inputs = byId("numbers").querySelectorAll("input");
    const copy = inputs[0].parentElement.cloneNode(true);
    const id = `number_${inputs.length + 1}`;
    copy.querySelector(".error")?.remove();
    copy.querySelector("label").htmlFor = id;
    copy.querySelector("label").textContent = `Number ${inputs.length + 1}`;
    const input = copy.querySelector("input");
    input.id = id;
    input.value = "";
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    byId("numbers").append(copy);
    input.focus();
  };

  let waiting;
  let asked = 0;
  const ask = async () => {
    const number = ++asked;
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch("/dial/quote", { method: "POST", headers: { "x-part": "quote" }, body }).catch(() => null);
    if (number !== asked || !answer || !answer.ok || answer.redirected) return;
    byId("quote").innerHTML = await answer.text();
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 400);
  });
}

if (byId("call") && byId("call").dataset.over === "false") watchCall(byId("call"));
if (byId("dial")) helpDialling(byId("dial"));
