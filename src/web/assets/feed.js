// Listens to a page's stream and says when the line is lost, and when it is back. A browser comes back by itself; where
// it gives up, as after an error of the server's, we begin anew.
"use strict";

// `show(event)` is called for each snapshot; it returns true if that was the last one.
function listen(url, show) {
  const state = byId("connection");
  const say = (...parts) => {
    const note = element("p", undefined, "message bad");
    note.append(...parts);
    state.replaceChildren(...(parts.length ? [note] : []));
  };
  const begin = () => {
    const events = new EventSource(url);
    let lost = false;
    events.onopen = () => {
      if (lost) say();
      lost = false;
    };
    events.onmessage = (message) => {
      if (state.childElementCount > 0) say();
      if (show(JSON.parse(message.data))) events.close();
    };
    events.addEventListener("signed_out", () => {
      events.close();
      const door = element("a", "Sign in again");
      door.href = "/sign-in";
      say("You are not signed in any more, so this page stands still. ", door);
    });
    events.onerror = () => {
      if (!lost) say("Connection lost, trying again.");
      lost = true;
      if (events.readyState === EventSource.CLOSED) setTimeout(begin, 3000);
    };
  };
  begin();
}

// Our clock as the server's goes, from the last event on.
function serverClock() {
  let at = null;
  let heard = 0;
  let speed = 1;
  return {
    set(event) {
      at = event.now;
      speed = event.speed;
      heard = performance.now();
    },
    now: () => (at === null ? null : at + (performance.now() - heard) * speed),
  };
}

const wholeSeconds = (millis) => Math.max(0, Math.floor(millis / 1000));

function localTime(at) {
  return new Date(at).toLocaleTimeString();
}

function inAWhile(at, now) {
  return at <= now ? "now" : `in ${duration(wholeSeconds(at - now))}`;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
