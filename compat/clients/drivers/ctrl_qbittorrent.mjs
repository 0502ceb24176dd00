// @ctrl/qbittorrent: every method that its client has.
// Usage: node ctrl_qbittorrent.mjs ENVIRONMENT < job.json

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const environment = process.argv[2];
const entry = createRequire(`${environment}/package.json`).resolve("@ctrl/qbittorrent");
const { QBittorrent } = await import(pathToFileURL(entry));

const job = JSON.parse(readFileSync(0, "utf8"));
const { film, show, spare, downloads } = job;
const PATIENCE = 60_000; // milliseconds
const CATEGORY = "open-films";
const RULE = { enabled: false, mustContain: "Caminandes" };

const client = new QBittorrent({ baseUrl: job.url, username: job.username, password: job.password });
const called = new Set(["constructor"]);

function say(step, outcome) {
  process.stdout.write(`${JSON.stringify([step, outcome ?? null])}\n`);
}

function kinds(value) {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return value.slice(0, 1).map(kinds);
  if (value instanceof Uint8Array) return "bytes";
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, kinds(item)]));
  }
  return { string: "text", boolean: "bool" }[typeof value] ?? typeof value;
}

const exactly = (value) => value;

/** Call a method, tell what `see` makes of the outcome; an answer that is an error is told by its status. */
async function call(method, args = [], { step = method, see = exactly, otherwise = {} } = {}) {
  called.add(method);
  let outcome;
  try {
    outcome = await client[method](...args);
  } catch (fault) {
    const status = fault.status ?? fault.response?.status;
    if (status === undefined && !/^(Failed to|Invalid |Cookie |Torrent )/.test(fault.message)) throw fault;
    return say(step, otherwise[fault.message] ?? { raised: status ?? fault.message });
  }
  return say(step, see(outcome));
}

async function until(step, fact) {
  const deadline = Date.now() + PATIENCE;
  let found = await fact();
  while (!found && Date.now() < deadline) {
    await new Promise((awake) => setTimeout(awake, 100));
    found = await fact();
  }
  say(step, found ? "came about" : "never came about");
}

async function complete(torrent) {
  const [row] = await client.listTorrents({ hashes: torrent.infohash });
  return row?.progress === 1 && !row.state.startsWith("checking");
}

const hashes = (rows) => rows.map((row) => row.hash).sort();
const namesOf = (rows) => rows.map((row) => row.name).sort();

const wrong = new QBittorrent({ baseUrl: job.url, username: job.username, password: "wrong" });
say("login with a wrong password", await wrong.login().then(exactly, (fault) => ({ raised: fault.message })));
say("login", await client.login());

for (const method of ["version", "getAppVersion", "getApiVersion", "getBuildInfo", "getPreferences",
  "getProcessInfo", "getCookies", "rotateApiKey", "deleteApiKey", "getTransferSpeedLimits"]) {
  await call(method, [], { see: kinds });
}
await call("getDefaultSavePath");
await call("getFreeSpaceAtPath", [downloads], { see: kinds });
await call("getDirectoryContent", [downloads], { see: kinds });
await call("setCookies", [[]]);
await call("setPreferences", [{ max_active_downloads: 4 }]);
await call("getPreferences", [], { step: "getPreferences once set", see: (found) => found.max_active_downloads });
await call("setTransferSpeedLimits", [{ up_limit: 0, dl_limit: 0, alt_up_limit: 0, alt_dl_limit: 0 }]);
await call("storeClientData", [{ shown: "all" }]);
await call("loadClientData", [["shown"]]);
await call("setRssRule", ["open", RULE]);
await call("cloneRssRule", ["open", "more"]);
await call("getRssRules", [], { see: (found) => Object.keys(found).includes("open") });
await call("removeRssRule", ["open"]);

await call("createCategory", [CATEGORY]);
await call("createCategory", [CATEGORY], { step: "createCategory twice" });
await call("editCategory", [CATEGORY, ""]);
await call("getCategories", [], { see: (found) => Object.keys(found) });
await call("createTags", ["open"]);
await call("getTags");

const file = new Uint8Array(readFileSync(film.torrent));
await call("addTorrent", [file, { category: CATEGORY, tags: "open" }]);
// The library looks for what it added at once, which the original may not list yet.
await call("normalizedAddTorrent", [new Uint8Array(readFileSync(show.torrent)), { label: CATEGORY }],
  { see: (torrent) => torrent.id, otherwise: { "Torrent not found": show.infohash } });
await call("addMagnet", [spare.magnet, { category: CATEGORY, paused: "true" }]);
await call("addTorrent", [new Uint8Array([110, 111])], { step: "addTorrent no torrent" });
for (const torrent of [film, show]) await until(`${torrent.name} is complete`, () => complete(torrent));

await call("listTorrents", [], { see: hashes });
await call("listTorrents", [{ hashes: film.infohash }], { step: "listTorrents as it looks", see: kinds });
await call("listTorrents", [{ filter: "completed", category: CATEGORY, sort: "name" }],
  { step: "listTorrents filtered", see: namesOf });
await call("getTorrent", [film.infohash],
  { see: (torrent) => [torrent.name, torrent.progress, torrent.isCompleted, torrent.label, torrent.totalSize] });
await call("getAllData", [], {
  see: (found) => [found.torrents.map((torrent) => torrent.id).sort(), found.labels.map((label) => label.name)] });
await call("getSyncMainData", [], { see: (found) => [Object.keys(found).sort(), kinds(found.server_state)] });
await call("getSyncMainData", [1], { step: "getSyncMainData again", see: (found) => typeof found.rid });
for (const method of ["torrentProperties", "torrentTrackers", "torrentWebSeeds", "torrentFiles", "torrentPeers"]) {
  await call(method, [show.infohash], { see: kinds });
}
await call("torrentPieceStates", [show.infohash]);
await call("torrentPieceHashes", [show.infohash]);
await call("torrentPieceAvailability", [show.infohash]);
await call("downloadTorrentFile", [film.infohash, 0], { see: kinds });
await call("torrentProperties", ["0".repeat(40)], { step: "torrentProperties of none" });

await call("setTorrentDownloadLimit", [show.infohash, 10_000]);
await call("getTorrentDownloadLimit", [show.infohash]);
await call("setTorrentUploadLimit", [show.infohash, 10_000]);
await call("getTorrentUploadLimit", [show.infohash]);
for (const method of ["pauseTorrent", "resumeTorrent", "stopTorrent", "startTorrent", "recheckTorrent",
  "reannounceTorrent", "queueUp", "queueDown", "topPriority", "bottomPriority"]) {
  await call(method, [[film.infohash, show.infohash]]);
}
for (const torrent of [film, show]) await until(`${torrent.name} is checked`, () => complete(torrent));
await call("addTorrentTags", [show.infohash, "open"]);
await call("removeTorrentTags", [film.infohash, "open"]);
await call("resetTorrentCategory", [show.infohash]);
await call("setTorrentCategory", [show.infohash, CATEGORY]);
await call("setTorrentName", [show.infohash, "Llamas"]);
await call("setTorrentComment", [show.infohash, "made of llamas"]);
await call("setFilePriority", [show.infohash, ["0"], 7]);
await call("addTrackers", [film.infohash, "http://other.example/announce"]);
await call("editTrackers", [film.infohash, "http://other.example/announce", "http://new.example/announce"]);
await call("torrentTrackers", [film.infohash], { step: "the trackers show", see: (found) => found.map((each) => each.url) });
await call("removeTrackers", [film.infohash, "http://new.example/announce"]);
await call("renameFile", [show.infohash, `${show.name}/${show.files[0]}`, `${show.name}/first.mkv`]);
await until("the file is renamed", async () =>
  namesOf(await client.torrentFiles(show.infohash)).includes(`${show.name}/first.mkv`));
await call("renameFolder", [show.infohash, show.name, "Season 2"]);
await until("the folder is renamed", async () =>
  namesOf(await client.torrentFiles(show.infohash)).every((name) => name.startsWith("Season 2/")));
await call("torrentFiles", [show.infohash], { step: "the new names show", see: namesOf });
await call("setTorrentLocation", [film.infohash, `${downloads}/moved`]);
await until("the film has moved", async () => {
  const [row] = await client.listTorrents({ hashes: film.infohash });
  return row.save_path.replace(/\/$/, "") === `${downloads}/moved`;
});
await call("listTorrents", [{ hashes: show.infohash }],
  { step: "the changes show", see: ([row]) => [row.name, row.category, row.tags] });

await call("fetchTorrentMetadata", [film.magnet], { see: kinds });
await call("parseTorrentMetadata", [file, "film.torrent"], { see: kinds });
await call("saveTorrentMetadata", [film.magnet], { see: kinds });
await call("addTorrentCreatorTask", [`${downloads}/moved`], { see: kinds });
await call("getTorrentCreatorStatus", [], { see: kinds });
await call("getTorrentCreatorFile", ["none"], { see: kinds });
await call("deleteTorrentCreatorTask", ["none"]);

await call("removeTorrent", [spare.infohash]);
await call("removeTorrent", [show.infohash, true], { step: "removeTorrent with files" });
await call("listTorrents", [], { step: "what stays", see: namesOf });
await call("removeCategory", [CATEGORY]);
await call("deleteTags", ["open"]);
say("logout", await client.logout());

const missed = Object.getOwnPropertyNames(QBittorrent.prototype).filter((method) => !called.has(method));
if (missed.length > 0) {
  process.stderr.write(`never called: ${missed}\n`);
  process.exitCode = 1;
}
