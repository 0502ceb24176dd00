"use strict";

async function showSessions() {
  const sessions = await ask("GET", "sessions");
  if (!sessions) return;
  show("sessions", sessions.map((each) => {
    const where = each.kind === "web" ? "this page or /api" : "qBittorrent API";
    const small = `${where}${each.address ? ` from ${each.address}` : ""}, since ${when(each.opened)}, used ${when(each.used)}`;
    return row(each.current ? `${each.name} (you)` : each.name, small, ["End", async () => {
      if (!await ask("DELETE", `sessions/${each.id}`)) return;
      if (each.current) location.reload();
      say("The session has ended.");
      await showSessions();
    }]);
  }), "None.");
}

async function showTokens() {
  const tokens = await ask("GET", "tokens");
  if (!tokens) return;
  show("tokens", tokens.map((each) => {
    const ends = each.expired ? "expired" : each.expires ? `ends ${when(each.expires)}` : "never ends";
    const small = `${each.scope}${each.kind === "qbit" ? ", qBittorrent API only" : ""}, ${ends}, last used ${when(each.used)}`;
    return row(each.name, small, ["Revoke", async () => {
      if (!await ask("DELETE", `tokens/${encodeURIComponent(each.name)}`)) return;
      say(`The token ${each.name} is revoked.`);
      await showTokens();
    }]);
  }), "None yet.");
}

async function showWebhooks() {
  const [hooks, page] = [await ask("GET", "webhooks"), await ask("GET", "webhooks/deliveries?state=dead")];
  if (!hooks || !page) return;
  byId("key").textContent = hooks.signing_key;
  byId("deliveries").textContent = `${hooks.waiting} waiting, ${hooks.delivered} delivered, ${hooks.dead} given up.`;
  byId("dead").replaceChildren(...page.deliveries.map((each) => {
    const small = `${each.type}, ${when(each.created)}: ${each.outcome}`;
    return row(each.receiver, small, ["Send again", async () => {
      if (!await ask("POST", `webhooks/deliveries/${each.id}/replay`)) return;
      say("It is sent again.");
      await showWebhooks();
    }]);
  }));
  byId("replay").hidden = hooks.dead === 0;
}

async function showTargets() {
  const targets = await ask("GET", "notifications");
  if (!targets) return;
  show("targets", targets.map((each) => row(each.name, each.events.join(", "), ["Test", async () => {
    say("Sending …");
    if (await ask("POST", `notifications/${encodeURIComponent(each.name)}/test`)) say("The test was taken.");
  }])), "None in the settings file.");
}

byId("password").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await ask("POST", "update-auth", Object.fromEntries(new FormData(event.target)))) location.assign("login");
});

byId("token").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, scope, kind, days } = Object.fromEntries(new FormData(event.target));
  const expires = days ? new Date(Date.now() + days * 86400000).toISOString() : null;
  const made = await ask("POST", "tokens", { name, scope, kind, expires });
  if (!made) return;
  event.target.reset();
  byId("fresh").querySelector("code").textContent = made.token;
  byId("fresh").hidden = false;
  say(`The token ${made.name} is there.`);
  await showTokens();
});

byId("replay").addEventListener("click", async () => {
  if (await ask("POST", "webhooks/deliveries/replay")) await showWebhooks();
});

for (const each of [showSessions, showTokens, showWebhooks, showTargets]) each();
