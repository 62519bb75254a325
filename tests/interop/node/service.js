// A service that calls the next one of the way: GET /call/SCENARIO/HOST/HOST…
// It is also a customer of a shop, GET /order/SCENARIO/SHOP, and the bank of one, POST /charges.
//
// It prints its port and ends, with everything sent, when its standard input does.

const Sentry = require("@sentry/node");

const rate = process.env.RATE;
Sentry.init({
  dsn: process.env.SENTRY_DSN,
  release: "node@1",
  environment: "interop",
  tracesSampleRate: rate ? Number(rate) : undefined,
});

const http = require("node:http");

async function call(url) {
  const [, , scenario, host, ...rest] = url.split("/");
  // The length of the way: of two messages that are the same, the second is not sent.
  Sentry.captureMessage(`node ${url.length} ${scenario}`);
  if (!host) {
    return "end of the way";
  }
  const answer = await fetch(`http://${host}/call/${scenario}/${rest.join("/")}`);
  if (!answer.ok) {
    throw new Error(`${host} answers ${answer.status}`);
  }
  return answer.text();
}

async function order(url) {
  const [, , scenario, shop] = url.split("/");
  Sentry.captureMessage(`node orders ${scenario}`);
  const answer = await fetch(`http://${shop}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ product: 1, quantity: 1, card: "gold" }),
  });
  return (await answer.json()).receipt;
}

async function charge() {
  return JSON.stringify({ Paid: { receipt: "paid by node" } });
}

const services = { call, order, charges: charge };
const server = http.createServer((request, response) => {
  services[request.url.split("/")[1]](request.url).then(
    (text) => response.end(text),
    (error) => {
      response.statusCode = 500;
      response.end(String(error));
    },
  );
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", async () => {
  server.close();
  await Sentry.close(5000);
  process.exit(0);
});
