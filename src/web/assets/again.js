// Asks for a page again after the seconds it names; without JavaScript the page's own header does.
"use strict";
const again = document.getElementById("again");
if (again) {
  setTimeout(() => location.replace(again.dataset.next), Number(again.dataset.seconds) * 1000);
}
