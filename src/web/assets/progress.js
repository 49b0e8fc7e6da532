// A page that waits for something fetches itself every second until it waits no more.
"use strict";

async function look() {
  const answer = await fetch(location.href).catch(() => null);
  if (answer && answer.redirected) return location.assign(answer.url);
  if (answer && answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    byId("main").replaceChildren(...page.getElementById("main").childNodes);
  }
  if (document.querySelector("[data-progress]")) setTimeout(look, 1000);
}
setTimeout(look, 1000);
