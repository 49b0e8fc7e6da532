// Dialling with less typing: prices while numbers are typed, and one more input.
"use strict";

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

helpDialling(byId("dial"));
