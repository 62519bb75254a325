// The shop sends a copy of everything to Spotlight; what that shows is compared with what happened in the shop.
//
// usage: node check.mjs MODULES FOLDER SHOP CHROMIUM
import { execFile, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const [modules, folder, shop, chromium] = process.argv.slice(2);
const here = import.meta.dirname;
const { chromium: browser } = createRequire(path.join(modules, "x.js"))("playwright-core");
const TRANSACTION = "POST /orders";

function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => probe.once("listening", listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

async function waitFor(what, condition, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await sleep(100);
  }
}

/** One of the tools that Spotlight offers to other programs: the text it answers. */
async function tool(url, name, given) {
  const answer = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given } }),
    signal: AbortSignal.timeout(10_000),
  });
  const data = (await answer.text()).split("\n").find((line) => line.startsWith("data: "));
  const { result, error } = JSON.parse(data.slice("data: ".length));
  expect(result && !result.isError, `${name}: ${JSON.stringify(error ?? result)}`);
  return result.content.map(({ text }) => text).join("\n");
}

/** The traces of the last minutes: id, name and number of spans. */
async function traces(url) {
  const text = await tool(url, "search_traces", { filters: { timeWindow: 600 } });
  return [...text.matchAll(/\*\*([0-9a-f]{8})\*\* \| (.+?) \| .*? \| (\d+) spans \| (\d+) errors/g)].map(
    ([, id, name, spans, errors]) => ({ id, name, spans: Number(spans), errors: Number(errors) }),
  );
}

async function check(url) {
  // Without a DSN: the copy is all there is.
  const environment = { PATH: process.env.PATH, SENTRY_SPOTLIGHT: `${url}/stream`, SENTRY_RELEASE: "shop@4.2.0" };
  await promisify(execFile)(shop, { env: environment, timeout: 120_000 });

  const found = await waitFor("the traces of the shop", async () => {
    const all = await traces(url);
    return all.some(({ name }) => name === TRANSACTION) && all;
  });
  const failed = found.filter(({ errors }) => errors > 0);
  expect(failed.length >= 6, `traces with errors: ${JSON.stringify(found)}`);

  const errors = await tool(url, "search_errors", { filters: { timeWindow: 600 } });
  for (const told of ["product 5 is stored with a broken price", "the payment failed", "there is no product 77"]) {
    expect(errors.includes(told), `no "${told}" in ${errors}`);
  }

  const logs = await tool(url, "search_logs", { filters: { timeWindow: 600 } });
  for (const told of ["sold 2 x teapot", "nearly sold out"]) expect(logs.includes(told), `no "${told}" in ${logs}`);

  // The order with the most spans is one that went through: from the catalogue to the bank and back.
  const order = found.filter(({ name }) => name === TRANSACTION).sort((a, b) => b.spans - a.spans)[0];
  const tree = await tool(url, "get_traces", { traceId: order.id });
  const spans = ["SELECT id, name", "UPDATE products", "INSERT INTO orders", "POST http://127.0.0.1"];
  const bank = "ask the core banking system";
  for (const span of [...spans, bank]) expect(tree.includes(span), `no ${span} in ${tree}`);
  await page(url, order, spans);
  return { found, order };
}

/** What a person sees of the trace, and a picture of it. */
async function page(url, { id }, spans) {
  const visitor = await browser.launch({
    executablePath: chromium,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
  try {
    const tab = await visitor.newPage({ viewport: { width: 1500, height: 720 } });
    await tab.goto(`${url}/telemetry/traces`, { waitUntil: "domcontentloaded" });
    await tab.locator(`[href*="${id}"]`).first().click({ timeout: 20_000 });
    for (const span of spans) await tab.getByText(span).first().waitFor({ timeout: 20_000 });
    await tab.screenshot({ path: path.join(folder, "trace.png") });
  } finally {
    await visitor.close();
  }
}

const port = await freePort();
const { SENTRY_DSN, SENTRY_SPOTLIGHT, ...environment } = process.env;
const log = openSync(path.join(folder, "spotlight.log"), "w");
const server = spawn(
  process.execPath,
  [
    "--import", path.join(here, "loopback.mjs"),
    path.join(modules, "@spotlightjs/spotlight/dist/run.js"), "server", "--port", String(port),
  ],
  { env: environment, stdio: ["ignore", log, log] },
);
try {
  const url = `http://127.0.0.1:${port}`;
  await waitFor("Spotlight", async () => (await fetch(`${url}/health`)).ok);
  const { found, order } = await check(url);
  console.log(`spotlight: ${found.length} traces, the page of one with ${order.spans} spans`);
} finally {
  server.kill();
}
