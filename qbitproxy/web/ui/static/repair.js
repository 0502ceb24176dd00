"use strict";

const OPEN = ["started", "processing", "pending", "held"];

const states = {
  started: "looking and healing",
  processing: "replacing",
  pending: "waits for your word",
  held: "held",
  completed: "done",
  failed: "failed",
  cancelled: "stopped",
};

function titleOf(job) {
  const kind = [job.dry_run && "dry run", job.recurrent && "by schedule"].filter(Boolean).join(", ");
  return `${job.arrs.join(", ")}: ${states[job.status]}${kind ? ` (${kind})` : ""}`;
}

function wordsOf(job) {
  const words = [when(job.created_at), counted(job.files, "file")];
  for (const each of ["healthy", "broken", "unknown", "skipped"]) {
    if (job[each]) words.push(`${job[each].toLocaleString()} ${each}`);
  }
  if (job.error) words.push(job.error);
  if (job.waits) words.push(`${job.waits}${job.waits_until ? `, goes on ${when(job.waits_until)}` : ""}`);
  return words.join(" · ");
}

function deedsOf(job) {
  const path = `repair/jobs/${job.id}`;
  const then = (method, where, body) => async () => {
    if (await ask(method, where, body)) await showJobs();
  };
  const deeds = [];
  if (job.broken || job.unknown) deeds.push(["Show", () => showFound(job.id)]);
  if (job.status === "pending") deeds.push(["Replace", () => replaceFiles(job, then("POST", `${path}/process`))]);
  if (job.status === "held") deeds.push(["Go on", then("POST", `${path}/process`)]);
  if (OPEN.includes(job.status)) deeds.push(["Stop", then("POST", `${path}/stop`)]);
  else deeds.push(["Forget", then("DELETE", "repair/jobs", { ids: [job.id] })]);
  return deeds;
}

async function replaceFiles(job, allow) {
  const words = "Each file that could not be healed is deleted through its Arr, its release is blocklisted, "
    + "and the Arr searches for another one. Files that play stay as they are.";
  if (await sure(`Replace broken files of ${job.arrs.join(", ")}?`, words, "Replace")) await allow();
}

let shown = ""; // so that a list that stays the same keeps its focus

async function showJobs() {
  const jobs = await ask("GET", "repair/jobs");
  if (!jobs || JSON.stringify(jobs) === shown) return;
  shown = JSON.stringify(jobs);
  const focused = document.activeElement.getAttribute("aria-label");
  show("jobs", jobs.map((job) => row(titleOf(job), wordsOf(job), ...deedsOf(job))), "None yet.");
  const again = [...byId("jobs").querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === focused);
  again?.focus();
}

async function showFound(id, after = 0) {
  const page = await ask("GET", `repair/jobs/${id}?after=${after}`);
  if (!page) return;
  if (!after) byId("findings").replaceChildren();
  byId("findings").append(...page.findings.map((each) => {
    const seen = `${each.verdict}: ${each.why.replaceAll("_", " ")} (${each.details.join("; ")})`;
    const became = each.outcome ? `${each.treatment}: ${each.outcome}` : each.treatment;
    return row(each.title || each.path, [each.path, seen, became].join(" · "));
  }));
  byId("more-findings").hidden = !page.after;
  byId("more-findings").onclick = () => showFound(id, page.after);
  if (!byId("found").open) byId("found").showModal();
}

async function nameArrs() {
  const arrs = await ask("GET", "arrs");
  if (!arrs) return;
  const choice = document.querySelector("#look [name=arr]");
  choice.append(...arrs.filter((arr) => arr.host).map((arr) => new Option(arr.name)));
}

byId("look").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { arr, then } = Object.fromEntries(new FormData(event.target));
  const wanted = { arr, autoProcess: then === "auto", dryRun: then === "dry", async: true };
  if (!await ask("POST", "repair", wanted)) return;
  say("It looks.");
  await showJobs();
});

nameArrs();
showJobs();
setInterval(() => document.hidden || showJobs(), LOOK_EVERY);
