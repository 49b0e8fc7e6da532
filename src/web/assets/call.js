// The page of a call keeps itself up to date: a snapshot by event, and a countdown that goes on between two.
"use strict";

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

if (byId("call").dataset.over === "false") watchCall(byId("call"));
