// The board of live calls keeps itself up to date. Rows stay where they are while nothing about them changes, so that a
// focused button keeps its focus.
"use strict";

function watchBoard(board) {
  const clock = serverClock();
  const csrf = board.dataset.csrf;
  const rows = new Map();
  for (const node of byId("rows").children) rows.set(node.dataset.call, { node, call: null });

  const link = (path, text) => {
    const made = element("a", text);
    made.href = path;
    return made;
  };

  const endForm = (call) => {
    const form = element("form");
    form.method = "post";
    form.action = `/admin/live/${call.id}/end`;
    const token = element("input");
    token.type = "hidden";
    token.name = "csrf";
    token.value = csrf;
    const button = element("button", "End", "danger");
    button.setAttribute("aria-label", `End the call of ${call.email}`);
    form.append(token, button);
    return form;
  };

  const supervise = (call) => {
    const made = link(`/admin/live/${call.id}/supervisors`, "Listen in");
    made.className = "supervise";
    made.setAttribute("aria-label", `Listen in to the call of ${call.email}`);
    return made;
  };

  const newRow = (call) => {
    const node = element("tr");
    node.dataset.call = call.id;
    const cells = [element("td"), element("td"), element("td"), element("td", "", "number")];
    cells.push(element("td", "", "number"), element("td", "", "number"), element("td"));
    cells[0].append(link(`/admin/accounts/${call.account}`, call.email));
    cells[1].append(link(`/calls/${call.id}`, call.numbers));
    if (board.dataset.supervise === "true" && call.running) cells[1].append(" ", supervise(call));
    if (csrf) cells.push(element("td"));
    node.append(...cells);
    if (csrf && call.running) node.lastElementChild.append(endForm(call));
    return node;
  };

  const fill = (row) => {
    const { node, call } = row;
    const [, numbers, state, , burn, held] = node.children;
    setText(numbers.firstElementChild, call.numbers);
    setText(state, call.state);
    setText(burn, call.burn);
    setText(held, call.held);
    if (!call.running) numbers.querySelector(".supervise")?.remove();
    if (csrf && !call.running) node.lastElementChild.replaceChildren();
  };

  const move = () => {
    const now = clock.now();
    if (now === null) return;
    for (const { node, call } of rows.values()) {
      setText(node.children[3], call.limit_at === null ? "–" : duration(wholeSeconds(call.limit_at - now)));
      setText(node.children[6], call.next_look_at === null ? "–" : inAWhile(call.next_look_at, now));
    }
  };

  const show = (event) => {
    clock.set(event);
    const here = new Set(event.rows.map((call) => call.id));
    for (const [id, row] of rows) {
      if (here.has(id)) continue;
      row.node.remove();
      rows.delete(id);
    }
    event.rows.forEach((call, place) => {
      const row = rows.get(call.id) ?? { node: newRow(call) };
      row.call = call;
      rows.set(call.id, row);
      fill(row);
      const there = byId("rows").children[place];
      if (there !== row.node) byId("rows").insertBefore(row.node, there ?? null);
    });
    board.hidden = event.rows.length === 0;
    byId("none").hidden = event.rows.length > 0;
    byId("more").hidden = !event.more;
    move();
    return false;
  };

  listen(board.dataset.events, show);
  setInterval(move, 250);
}

watchBoard(byId("board"));
