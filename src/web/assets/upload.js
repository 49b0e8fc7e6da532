// Shows how much of a file has been sent. Without this the browser's own sign has to do.
"use strict";

byId("upload")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const request = new XMLHttpRequest();
  request.upload.onprogress = (sent) => {
    if (sent.lengthComputable) byId("sent").value = (100 * sent.loaded) / sent.total;
  };
  request.onload = () => {
    if (request.status === 200 && new URL(request.responseURL).pathname !== location.pathname) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    byId("main").replaceChildren(...page.getElementById("main").childNodes);
    window.scrollTo(0, 0);
  };
  request.onerror = () => form.submit();
  byId("sending").hidden = false;
  request.open("POST", form.action);
  request.send(new FormData(form));
});
