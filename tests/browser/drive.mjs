// Opens a page in a real Chromium, takes steps on it, and prints what was seen as JSON:
// drive.mjs CHROMIUM PROFILE_DIRECTORY URL [STEP ...]
// A step is an expression that is asked again until it gives something true; its value is
// among the results. Console errors, exceptions, every address asked for and the status of
// every answer are told too.
import { spawn } from "node:child_process";

const [chromium, profile, url, ...steps] = process.argv.slice(2);
const PATIENCE_MS = 30_000;
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
  "--disable-background-networking", "--disable-component-update", `--user-data-dir=${profile}`,
  "--remote-debugging-pipe", "about:blank"];
const browser = spawn(chromium, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const [input, output] = [browser.stdio[3], browser.stdio[4]];

const seen = { problems: [], requests: [], answers: [], results: [] };
const waiting = new Map();
let last = 0;
let rest = "";
const send = (method, params = {}, sessionId) =>
  new Promise((resolve, reject) => {
    if (browser.exitCode !== null || browser.signalCode !== null) reject(new Error("the browser is gone"));
    last += 1;
    waiting.set(last, { resolve, reject });
    input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  });
const on = {
  "Runtime.exceptionThrown": ({ exceptionDetails: { text, exception } }) =>
    seen.problems.push(`${text} ${exception?.description ?? ""}`),
  "Runtime.consoleAPICalled": ({ type, args }) =>
    type === "error" && seen.problems.push(args.map(({ value, description }) => value ?? description).join(" ")),
  "Log.entryAdded": ({ entry }) => entry.level === "error" && seen.problems.push(`${entry.text} ${entry.url ?? ""}`),
  "Network.requestWillBeSent": ({ request }) => seen.requests.push(request.url),
  "Network.responseReceived": ({ type, response: { url, status } }) =>
    type !== "Preflight" && seen.answers.push({ url, status }),
};
// A browser that ends before its time answers nobody.
const ended = new Promise((resolve) => browser.once("exit", (code, signal) => resolve(`the browser ended: ${signal ?? code}`)));
const gone = ended.then((how) => waiting.forEach(({ reject }) => reject(new Error(how))));
input.on("error", () => {});
output.setEncoding("utf8").on("data", (text) => {
  const messages = (rest + text).split("\0");
  rest = messages.pop();
  for (const message of messages.map((message) => JSON.parse(message))) {
    const { resolve, reject } = waiting.get(message.id) ?? {};
    if (message.error) reject?.(new Error(message.error.message));
    else if (message.id) resolve?.(message.result);
    else on[message.method]?.(message.params);
  }
});

async function step(expression, session) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const evaluate = { expression, returnByValue: true, awaitPromise: true };
    // A page that is being left answers nothing; the next one is asked again.
    const left = { exceptionDetails: {} };
    const { result, exceptionDetails } = await send("Runtime.evaluate", evaluate, session).catch(() => left);
    if (!exceptionDetails && result.value) return result.value;
    if (Date.now() > end) throw new Error(`not within ${PATIENCE_MS} ms: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

try {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  for (const domain of ["Runtime", "Log", "Network", "Page"]) await send(`${domain}.enable`, {}, sessionId);
  await send("Page.navigate", { url }, sessionId);
  for (const expression of steps) seen.results.push(await step(expression, sessionId));
} catch (error) {
  seen.problems.push(String(error));
}
send("Browser.close").catch(() => browser.kill());
await gone;
await new Promise((written) => process.stdout.write(JSON.stringify(seen), written));
process.exit();
