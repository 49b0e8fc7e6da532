// What the scripts of pages share. Every page works without them, but for what moves by itself.
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
