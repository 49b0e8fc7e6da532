// Dialling with less typing: what each number is and costs while it is typed, and inputs that come and go.
"use strict";

function helpDialling(form) {
  const rows = () => [...byId("numbers").querySelectorAll(".row")];
  const inputOf = (row) => row.querySelector("input");

  // Names follow the places, as the server counts them.
  const name = (row, place) => {
    const id = `number_${place + 1}`;
    row.querySelector("label").htmlFor = id;
    row.querySelector("label").textContent = `Number ${place + 1}`;
    inputOf(row).id = id;
    inputOf(row).setAttribute("aria-describedby", `${id}_said`);
    row.querySelector(".said").id = `${id}_said`;
    const error = row.querySelector(".error");
    if (error) error.id = `${id}_error`;
    const remove = row.querySelector(".remove");
    remove.setAttribute("aria-label", `Remove number ${place + 1}`);
    remove.hidden = rows().length === 1;
  };
  const nameAll = () => rows().forEach(name);

  let waiting;
  let asked = 0;
  const show = (part) => {
    const place = byId(part.dataset.for);
    // What stays the same is not read out again.
    if (!place || place.innerHTML === part.innerHTML) return;
    place.replaceChildren(...part.childNodes);
    const input = document.querySelector(`[aria-describedby="${place.id}"]`);
    if (!input) return;
    if (place.querySelector(".error")) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const ask = async () => {
    const number = ++asked;
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch("/dial/quote", { method: "POST", headers: { "x-part": "quote" }, body }).catch(() => null);
    if (number !== asked || !answer || !answer.ok || answer.redirected) return;
    const parts = document.createElement("template");
    parts.innerHTML = await answer.text();
    if (number === asked) parts.content.querySelectorAll("[data-for]").forEach(show);
  };
  const askSoon = () => {
    asked++;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 400);
  };

  byId("add").hidden = false;
  byId("add").onclick = () => {
    const row = rows()[0].cloneNode(true);
    inputOf(row).value = "";
    inputOf(row).removeAttribute("aria-invalid");
    row.querySelector(".said").replaceChildren();
    byId("numbers").append(row);
    nameAll();
    inputOf(row).focus();
  };
  byId("numbers").addEventListener("click", (event) => {
    const row = event.target.closest(".remove")?.closest(".row");
    if (!row || rows().length === 1) return;
    row.remove();
    nameAll();
    inputOf(rows()[rows().length - 1]).focus();
    askSoon();
  });
  form.addEventListener("input", askSoon);

  // The spare inputs are for those without JavaScript.
  rows().slice(1).filter((row) => inputOf(row).value === "").forEach((row) => row.remove());
  nameAll();
  if (rows().some((row) => inputOf(row).value !== "")) ask();
}

helpDialling(byId("dial"));
