"use strict";

const [list, template, search, removal] = ["torrents", "torrent", "search", "removal"].map(byId);
const torrents = new Map(); // id -> {torrent, row}

function duration(seconds) {
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 60) return `${seconds} s left`;
  return minutes < 90 ? `${minutes} min left` : `${Math.round(minutes / 60)} h left`;
}

function phaseInWords(torrent) {
  if (torrent.paused && !["ready", "failed"].includes(torrent.phase)) return "Paused";
  switch (torrent.phase) {
    case "accepted": return torrent.waiting_for ? "Waiting" : "Waiting for a provider";
    case "fetching": return "Fetching";
    case "placing": return torrent.action === "download" ? "Downloading" : "Placing";
    case "confirming": return `Waiting until ${torrent.arr || "it"} ${torrent.arr ? "sees it" : "can be read"}`;
    case "ready": return "Ready";
    case "failed": return "Failed";
    default: return torrent.phase;
  }
}

function why(torrent) {
  const said = torrent.waiting_for || (torrent.phase === "fetching" ? torrent.remote_state.replaceAll("_", " ") : "");
  const reason = torrent.reason ? torrent.reason.replaceAll("_", " ") : "";
  const refusals = torrent.refusals.map((refusal) => `${refusal.provider}: ${refusal.detail}`);
  const words = [reason && said ? `${said} (${reason})` : said || reason];
  if (torrent.retry_at) words.push(`next try ${new Date(torrent.retry_at).toLocaleTimeString()}`);
  if (torrent.phase !== "failed" && refusals.length) words.push(`refused by ${refusals.join("; ")}`);
  return words.filter(Boolean).join(" · ");
}

function newRow(torrent) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.querySelector(".retry").addEventListener("click", () => send("POST", torrent.id, "/retry"));
  row.querySelector(".remove").addEventListener("click", () => askToRemove(torrent.id));
  return row;
}

function show(row, torrent) {
  const part = (selector) => row.querySelector(selector);
  const moving = torrent.dlspeed > 0;
  row.className = `card torrent ${torrent.phase}`;
  part("h2").textContent = torrent.name;
  part(".phase").textContent = phaseInWords(torrent);
  part(".where").textContent = torrent.debrid;
  part(".size").textContent = torrent.size ? bytes(torrent.size) : "";
  part(".speed").textContent = moving ? `${bytes(torrent.dlspeed)}/s${torrent.eta ? `, ${duration(torrent.eta)}` : ""}` : "";
  part(".share").textContent = torrent.progress > 0 && torrent.progress < 1 ? `${Math.floor(torrent.progress * 100)} %` : "";
  part("progress").value = torrent.progress;
  part(".why").textContent = why(torrent);
  part(".why").hidden = !part(".why").textContent;
  const waits = torrent.paused || torrent.retry_at;
  part(".retry").hidden = torrent.phase === "ready" || !(torrent.phase === "failed" || waits);
  part(".retry").textContent = torrent.paused && torrent.phase !== "failed" ? "Resume" : "Try again";
  for (const button of row.querySelectorAll("button")) button.setAttribute("aria-label", `${button.textContent} ${torrent.name}`);
}

function put(torrent) {
  const known = torrents.get(torrent.id);
  const row = known ? known.row : newRow(torrent);
  show(row, torrent);
  row.hidden = !matches(torrent);
  torrents.set(torrent.id, { torrent, row });
  if (known) return;
  row.dataset.id = torrent.id;
  let next = list.firstElementChild; // the newest stands first
  while (next && Number(next.dataset.id) > Number(torrent.id)) next = next.nextElementSibling;
  list.insertBefore(row, next);
}

function drop(id) {
  const known = torrents.get(id);
  if (!known) return;
  const hadFocus = known.row.contains(document.activeElement);
  const next = known.row.nextElementSibling || known.row.previousElementSibling;
  known.row.remove();
  torrents.delete(id);
  if (hadFocus) next?.querySelector(".remove").focus(); // a keyboard goes on from here
}

function matches(torrent) {
  return torrent.name.toLowerCase().includes(search.value.trim().toLowerCase());
}

function summarise() {
  const all = [...torrents.values()].map((known) => known.torrent);
  const speed = all.reduce((sum, torrent) => sum + torrent.dlspeed, 0);
  const ready = all.filter((torrent) => torrent.phase === "ready").length;
  const failed = all.filter((torrent) => torrent.phase === "failed").length;
  const words = [counted(all.length, "torrent")];
  if (ready) words.push(`${ready} ready`);
  if (failed) words.push(`${failed} failed`);
  if (speed) words.push(`${bytes(speed)}/s`);
  say(words.join(" · "));
  byId("nothing").hidden = all.length > 0;
  search.hidden = all.length < 6 && !search.value;
}

async function send(method, id, verb, query = "") {
  const { torrent } = torrents.get(id);
  const path = `torrents/${encodeURIComponent(torrent.category)}/${torrent.hash}${verb}${query}`;
  if (await ask(method, path)) summarise();
}

function askToRemove(id) {
  const form = removal.querySelector("form");
  removal.querySelector(".name").textContent = torrents.get(id).torrent.name;
  form.reset();
  form.onsubmit = (event) => { // not at the dialog's end, of which the page may hear late
    if (event.submitter.value !== "remove") return;
    send("DELETE", id, "", form.elements.remote.checked ? "?removeFromDebrid=true" : "");
  };
  removal.showModal();
}

async function showLacks() {
  const status = await ask("GET", "status");
  if (!status) return;
  const lines = [...status.lacks, ...status.problems.map((what) => ({ what, hint: "" }))];
  byId("lacks").replaceChildren(...lines.map(({ what, hint }) => {
    const line = document.createElement("li");
    const small = document.createElement("small");
    small.textContent = hint;
    line.append(what, ...(hint ? [small] : []));
    return line;
  }));
  byId("lacks").hidden = lines.length === 0;
}

function listen() {
  const stream = new EventSource("api/events");
  stream.addEventListener("torrents", (event) => {
    torrents.clear();
    list.replaceChildren();
    JSON.parse(event.data).torrents.sort((a, b) => a.id - b.id).forEach(put);
    summarise();
    showLacks();
  });
  stream.addEventListener("changed", (event) => {
    const { torrents: changed, gone } = JSON.parse(event.data);
    changed.forEach(put);
    gone.forEach(drop);
    summarise();
  });
  stream.addEventListener("error", () => {
    say("Connection lost, trying again …");
    if (stream.readyState !== EventSource.CLOSED) return;
    fetch("api/status").then(
      (answer) => (answer.status === 401 ? location.reload() : setTimeout(listen, 5000)),
      () => setTimeout(listen, 5000),
    );
  });
}

search.addEventListener("input", () => {
  for (const { torrent, row } of torrents.values()) row.hidden = !matches(torrent);
});
setInterval(showLacks, 30000);
listen();
