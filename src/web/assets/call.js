// The page of a call keeps itself up to date: the facts by event, and what moves with the time by itself in between.
"use strict";

// The same rule as the bill's: nothing within the grace; tiers, each in its own steps; then the minimum, and whole
// increments, each second at the price of its hour.
function costMicros(rate, start, seconds) {
  if (seconds <= 0 || seconds < rate.grace) return 0;
  const steps = (length, step) => Math.ceil(Math.max(0, length) / step) * step;
  const ofTime = (price, length) => (Number(price) * 1e6 * length) / 60;
  let left = seconds;
  let sum = rate.changes.reduce((fee, change) => (change.from <= start ? change.fee : fee), rate.fee);
  for (const tier of rate.tiers) {
    if (left > 0) sum += tier.fee + ofTime(tier.price, Math.min(steps(left, tier.increment), tier.seconds));
    left -= tier.seconds;
  }
  if (left > 0) {
    const end = Math.floor(start / 1000) + rate.minimum + steps(left - rate.minimum, rate.increment);
    let at = Math.floor(start / 1000);
    let price = rate.price;
    for (const change of [...rate.changes, { from: Infinity }]) {
      const until = Math.max(at, Math.min(change.from / 1000, end));
      sum += ofTime(price, until - at);
      at = until;
      price = change.price;
    }
  }
  if (rate.maximum !== null) sum = Math.min(sum, rate.maximum);
  return Math.ceil(sum * (1 + Number(rate.percent) / 100) - 1e-4);
}

// At least two digits after the point, like the server.
function amount(micros) {
  const [whole, digits] = (micros / 1e6).toFixed(6).split(".");
  return `${whole}.${digits.slice(0, 2)}${digits.slice(2).replace(/0+$/, "")}`;
}

function watchCall(page) {
  const clock = serverClock();
  let call = null;
  let warned = null;

  const secondsIn = (leg, now) => {
    if (leg.since === null) return null;
    return leg.seconds === null ? wholeSeconds(now - leg.since) : leg.seconds;
  };

  const warn = (near) => {
    const texts = call.warnings.map((warning) => warning.text);
    if (near) texts.unshift(`Less than ${call.near_seconds} seconds are left.`);
    // Said again only when there is something new: it is read out.
    if (texts.join("|") === warned) return;
    warned = texts.join("|");
    byId("warnings").replaceChildren(...texts.map((text) => element("p", text, "message bad")));
  };

  const cost = (now) => {
    const until = call.paid_until === null ? now : Math.min(now, call.paid_until);
    return call.legs.reduce((sum, leg) => sum + costMicros(leg.rate, leg.since, secondsIn(leg, until) ?? 0), 0);
  };

  const move = () => {
    const now = clock.now();
    if (call === null || now === null) return;
    const left = call.limit_at === null ? null : wholeSeconds(call.limit_at - now);
    const near = left !== null && left <= call.near_seconds;
    setText(byId("countdown"), left === null ? "–:––" : duration(left));
    byId("left").classList.toggle("near", near);
    warn(near);
    if (!call.over) setText(byId("cost"), `${amount(cost(now))} ${call.currency}`);
    const look = call.next_look_at;
    setText(byId("next_look"), look === null ? "–" : `${inAWhile(look, now)} (at ${localTime(look)})`);
    const rows = byId("legs").children;
    call.legs.forEach((leg, place) => {
      const seconds = secondsIn(leg, now);
      setText(rows[place].lastElementChild, seconds === null ? "–" : duration(seconds));
    });
  };

  const hidden = (name, value) => Object.assign(element("input"), { type: "hidden", name, value });

  const operations = (leg, { operations: action, csrf }) => {
    const form = Object.assign(element("form", undefined, "operations"), { method: "post", action });
    form.append(hidden("csrf", csrf), hidden("leg", leg.id));
    for (const { word, label } of leg.operations) {
      const button = Object.assign(element("button", label, "quiet"), { name: "operation", value: word });
      button.setAttribute("aria-label", `${label}: ${leg.number}`);
      form.append(button);
    }
    const cell = element("td");
    cell.append(form);
    return cell;
  };

  const shows = (row, leg) => {
    const words = byId("legs").dataset.operations ? leg.operations.map(({ word }) => word) : [];
    const buttons = [...row.querySelectorAll("button")].map((button) => button.value);
    return row.children[1].textContent === leg.state && buttons.join() === words.join();
  };

  // A row is made anew only when something about its phone changed: somebody may be about to press a button.
  const showLegs = () => {
    const rows = byId("legs").children;
    call.legs.forEach((leg, place) => {
      if (!rows[place]) showNewLeg(leg);
      else if (!shows(rows[place], leg)) rows[place].replaceWith(legRow(leg));
    });
    if (byId("transferring")) showTransferors();
  };

  const showTransferors = () => {
    const choice = byId("transferor");
    const chosen = choice.value;
    const able = call.legs.filter((leg) => leg.transfers);
    byId("transferring").hidden = able.length === 0;
    if ([...choice.options].map((known) => known.value).join() === able.map((leg) => leg.id).join()) return;
    const option = (leg) => Object.assign(element("option", leg.number), { value: leg.id });
    choice.replaceChildren(...able.map(option));
    if (able.some((leg) => leg.id === chosen)) choice.value = chosen;
  };

  const showNewLeg = (leg) => {
    byId("legs").append(legRow(leg));
    const listeners = byId("announce_to");
    if (listeners) listeners.append(Object.assign(element("option", leg.number), { value: leg.id }));
  };

  const legRow = (leg) => {
    const row = element("tr");
    const phone = element("td", leg.number);
    phone.append(element("br"), element("small", (leg.yours ? "the paying phone, " : "") + leg.destination));
    row.append(phone, element("td", leg.state), element("td", leg.price, "number"));
    const { dataset } = byId("legs");
    if (dataset.operations) row.append(operations(leg, dataset));
    row.append(element("td", "", "number"));
    return row;
  };

  const recordingItem = (one, csrf) => {
    const item = element("li");
    const kept = one.may_be_deleted ? `, kept until ${one.kept}` : "";
    item.append(time(one.at, localTime(one.at)), ` ${one.state}, ${one.length}${kept} `);
    if (one.has_file) item.append(Object.assign(element("a", "Listen"), { href: `/recordings/${one.id}/file` }));
    if (csrf && one.may_be_deleted) {
      const action = `/admin/recordings/${one.id}/delete`;
      const form = Object.assign(element("form", undefined, "operations"), { method: "post", action });
      const button = element("button", "Delete", "quiet");
      button.setAttribute("aria-label", `Delete the recording of ${localTime(one.at)}`);
      form.append(hidden("csrf", csrf), button);
      item.append(form);
    }
    return item;
  };

  // Made anew only when something changed: somebody may be about to press a button.
  const showRecording = ({ text, operations: wanted, list }) => {
    byId("recording").hidden = wanted.length + list.length === 0;
    setText(byId("recorded"), text);
    const form = byId("record");
    const shown = form ? [...form.querySelectorAll("button")] : [];
    if (form && shown.map((button) => button.value).join() !== wanted.map(({ word }) => word).join()) {
      for (const button of shown) button.remove();
      const button = ({ word, label }) => Object.assign(element("button", label, "quiet"), { name: "operation", value: word });
      form.append(...wanted.map(button));
    }
    const known = JSON.stringify(list);
    if (byId("recordings").dataset.known === known) return;
    byId("recordings").dataset.known = known;
    byId("recordings").replaceChildren(...list.map((one) => recordingItem(one, byId("recordings").dataset.csrf)));
  };

  const showLines = (lines) => {
    const list = byId("lines");
    for (const line of lines.slice(list.children.length)) {
      const item = element("li", undefined, line.kind);
      item.append(time(line.at, localTime(line.at)), " " + line.text);
      list.append(item);
    }
  };

  const showNews = (news) => {
    const box = byId("good_news");
    if (box.textContent === (news ? news.text : "")) return;
    box.replaceChildren(...(news ? [element("p", news.text, "message good")] : []));
  };

  const longer = (before) => {
    if (before === null || call.limit_at === null || call.limit_at <= before) return;
    byId("left").classList.add("longer");
    setTimeout(() => byId("left").classList.remove("longer"), 3000);
  };

  const show = (event) => {
    const before = call === null ? null : call.limit_at;
    call = event;
    clock.set(event);
    longer(before);
    byId("left").hidden = !call.running;
    byId("hang_up").hidden = !call.running;
    byId("money").hidden = call.over;
    byId("after").hidden = !call.over;
    for (const id of ["adding", "adding_bots", "announcing"]) {
      if (byId(id)) byId(id).hidden = !call.running;
    }
    for (const id of ["title", "burn", "held"]) setText(byId(id), call[id]);
    setText(byId("cost"), call.cost);
    setText(byId("total"), call.cost);
    showNews(call.good_news);
    showLegs();
    showRecording(call.recording);
    showLines(call.lines);
    move();
    return call.over;
  };

  listen(page.dataset.events, show);
  setInterval(move, 250);
}

// The price of a number while it is typed.
function priceWhileTyping(form) {
  let waiting;
  let asked = 0;
  const ask = async () => {
    const number = ++asked;
    const body = new URLSearchParams(new FormData(form));
    const request = { method: "POST", headers: { "x-part": "price" }, body };
    const answer = await fetch(form.dataset.price, request).catch(() => null);
    if (number !== asked || !answer || !answer.ok || answer.redirected) return;
    byId("price").innerHTML = await answer.text();
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 400);
  });
}

for (const at of byId("lines").querySelectorAll("time")) at.textContent = localTime(at.dateTime);
byId("zone").hidden = true;
if (byId("call").dataset.over === "false") watchCall(byId("call"));
if (byId("add_leg")) priceWhileTyping(byId("add_leg"));
