"use strict";

const kinds = { item: "remote item", link: "dead link", folder: "folder" };

let doubts = [];

function standing(orphan) {
  const words = [kinds[orphan.kind], orphan.provider, orphan.kind === "item" ? "" : orphan.key];
  if (orphan.size) words.push(bytes(orphan.size));
  words.push(`an orphan since ${when(orphan.found_at)}`);
  if (orphan.added_at) words.push(`added ${when(orphan.added_at)}`);
  words.push(orphan.why_not, orphan.outcome || (orphan.asked_at ? "goes once another survey finds it" : ""));
  return words.filter(Boolean).join(" · ");
}

function orphanRow(orphan) {
  if (!orphan.removable || orphan.asked_at) return row(orphan.name, standing(orphan));
  return row(orphan.name, standing(orphan), ["Remove", async () => {
    const doubtful = doubts.length ? ` The last survey was not sure: ${doubts.join("; ")}.` : "";
    const words = `Nobody was found to refer to it. It goes once another survey agrees.${doubtful}`;
    if (!await sure(`Remove ${orphan.name}?`, words, doubts.length ? "Remove all the same" : "Remove")) return;
    const asked = await ask("POST", "orphans/remove", { ids: [orphan.id], despiteDoubts: doubts.length > 0 });
    if (!asked) return;
    say(asked.asked.length ? "It goes once another survey finds it." : "It is none to remove any more.");
    await showOrphans();
  }]);
}

function summary({ survey, surveying, totals }) {
  const words = Object.entries(totals).map(([kind, { count, size }]) => (
    `${counted(count, kinds[kind])}${size ? `, ${bytes(size)}` : ""}`
  ));
  if (survey) words.push(`last survey ${when(survey.ended_at)}, ${counted(survey.files, "file")}`);
  else words.push("no survey yet");
  if (surveying !== null) words.push(`surveying, ${counted(surveying, "file")} so far`);
  return words.join(" · ");
}

async function showOrphans(after = 0) {
  const page = await ask("GET", `orphans?after=${after}`);
  if (!page) return;
  doubts = page.survey?.doubts ?? [];
  byId("survey").textContent = summary(page);
  byId("doubts").hidden = !doubts.length;
  byId("doubts").replaceChildren(...doubts.map((doubt) => {
    const line = document.createElement("li");
    line.textContent = doubt;
    return line;
  }));
  const lines = page.orphans.map(orphanRow);
  if (after) byId("orphans").append(...lines);
  else show("orphans", lines, page.survey ? "None: everything is referred to." : "Known after the first survey.");
  byId("more-orphans").hidden = !page.after;
  byId("more-orphans").onclick = () => showOrphans(page.after);
  byId("walk").disabled = page.surveying !== null;
  if (page.surveying !== null) setTimeout(showOrphans, LOOK_EVERY);
}

byId("walk").addEventListener("click", async () => {
  if (!await ask("POST", "orphans/survey", {})) return;
  say("Every library is walked, every account listed.");
  byId("walk").disabled = true;
  setTimeout(showOrphans, LOOK_EVERY);
});

showOrphans();
