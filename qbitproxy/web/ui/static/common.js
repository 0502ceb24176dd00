"use strict";

const LOOK_EVERY = 3000; // milliseconds

const byId = (id) => document.getElementById(id);

const units = ["B", "KB", "MB", "GB", "TB"];
function bytes(count) {
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) { count /= 1000; unit += 1; }
  return `${count.toFixed(unit && count < 100 ? 1 : 0)} ${units[unit]}`;
}

function counted(count, thing) {
  return `${count.toLocaleString()} ${thing}${count === 1 ? "" : "s"}`;
}

function when(moment) {
  return moment ? new Date(moment).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "never";
}

function say(words, refused = false) {
  byId("said").className = refused ? "refusal" : "";
  byId("said").textContent = words;
}

const LOST = "No answer. Is qbitproxy running?";

/** What the API answers, {} where it has nothing to tell, null after a refusal, which is shown. */
async function ask(method, path, body) {
  const options = { method };
  if (body) Object.assign(options, { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  try {
    const answer = await fetch(`api/${path}`, options);
    if (answer.status === 401) location.reload();
    const told = JSON.parse(await answer.text() || "{}");
    if (answer.ok) {
      if (method !== "GET" || byId("said").textContent === LOST) say("");
      return told;
    }
    say(told.detail ? `${told.error}: ${told.detail}` : told.error, true);
  } catch {
    say(LOST, true);
  }
  return null;
}

/** One line with its deeds: each is [what the button says, what it does]. */
function row(what, small, ...deeds) {
  const line = byId("row").content.firstElementChild.cloneNode(true);
  line.querySelector(".what").textContent = what;
  line.querySelector("small").textContent = small;
  line.querySelector(".deeds").replaceChildren(...deeds.map(([words, does]) => {
    const button = document.createElement("button");
    button.textContent = words;
    button.setAttribute("aria-label", `${words} ${what}`);
    button.addEventListener("click", async () => {
      button.disabled = true;
      await does();
      button.disabled = false;
    });
    return button;
  }));
  return line;
}

function show(id, lines, otherwise) {
  byId(id).replaceChildren(...(lines.length ? lines : [row(otherwise, "")]));
}

/** Whether a person wants it: a question in a dialog. */
function sure(title, words, deed) {
  const dialog = byId("sure");
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector(".words").textContent = words;
  dialog.querySelector("[value=yes]").textContent = deed;
  dialog.showModal();
  return new Promise((decided) => { // not at the dialog's end, of which the page may hear late
    dialog.oncancel = () => decided(false);
    dialog.querySelector("form").onsubmit = (event) => decided(event.submitter.value === "yes");
  });
}
