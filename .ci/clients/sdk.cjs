// The AWS SDK for JavaScript plays the steps. Usage: node sdk.cjs PLAN.JSON FOLDER
// FOLDER holds node_modules. The steps and what they mean: play.py.
"use strict";
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { isDeepStrictEqual } = require("node:util");

const [planFile, folder] = process.argv.slice(2);
const installed = createRequire(`${folder}/package.json`);
const elasticache = installed("@aws-sdk/client-elasticache");
const sts = installed("@aws-sdk/client-sts");
const version = JSON.parse(readFileSync(`${folder}/node_modules/@aws-sdk/client-elasticache/package.json`, "utf8")).version;

/** The longest that anything may take to settle, and how far from now an instant may be, in milliseconds. */
const PATIENCE = 30_000;
const FAR = 30 * 60_000;
const HOUR = 60 * 60_000;
/** An access key as AWS gives them: nobody's here. */
const STRANGER = "AKIAIOSFODNN7EXAMPLE";
const NAME = `AWS SDK for JavaScript ${version}`;

const plan = JSON.parse(readFileSync(planFile, "utf8"));
const steps = JSON.parse(readFileSync(`${__dirname}/steps.json`, "utf8"));
const codes = Object.fromEntries(Object.entries(plan.shapes).map(([code, shape]) => [shape, code]));
const clients = new Map();
const wrong = [];
let played = 0;

function clientOf(url, operation, caller = "right") {
  const of = operation === "GetCallerIdentity" ? sts : elasticache;
  const key = `${url} ${of === sts} ${caller}`;
  if (!clients.has(key)) {
    const Client = of === sts ? sts.STSClient : elasticache.ElastiCacheClient;
    const secretAccessKey = caller === "wrong" ? "wrong" : "test";
    const unsigned = { signer: { sign: async (request) => request } };
    const client = new Client({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId: caller === "stranger" ? STRANGER : "test", secretAccessKey },
      maxAttempts: 1,
      systemClockOffset: caller === "late" ? -HOUR : 0,
      ...(caller === "nobody" ? unsigned : {}),
    });
    if (caller === "cut") meddle(client.middlewareStack, "deserialize", (request) => delete request.headers["x-amz-date"]);
    clients.set(key, client);
  }
  return [clients.get(key), of];
}

function meddle(stack, step, change) {
  const middleware = (next) => (args) => {
    change(args.request);
    return next(args);
  };
  stack.add(middleware, { step, name: "meddle", priority: step === "build" ? "high" : "low" });
}

async function call(url, operation, given, caller, action) {
  const [client, of] = clientOf(url, operation, caller);
  const command = new of[`${operation}Command`](given);
  if (action !== undefined) {
    meddle(command.middlewareStack, "build", (request) => {
      const params = new URLSearchParams(request.body);
      if (action) params.set("Action", action);
      else params.delete("Action");
      request.body = params.toString();
    });
  }
  const { $metadata, ...result } = await client.send(command);
  if ($metadata.httpStatusCode !== 200 || !$metadata.requestId) throw new Error(`metadata ${JSON.stringify($metadata)}`);
  return result;
}

async function refused(url, operation, given, wanted, caller) {
  let result;
  try {
    result = await call(url, operation, given, caller, wanted.action);
  } catch (error) {
    const code = wanted.code ?? codes[wanted.fault];
    const Shape = wanted.fault ? elasticache[wanted.fault] : elasticache.ElastiCacheServiceException;
    if (!Shape) throw new Error(`the SDK has no ${wanted.fault}`);
    const seen = {
      type: error instanceof Shape && error instanceof elasticache.ElastiCacheServiceException ? Shape.name : `${error}`,
      name: error.name,
      code: error.Code ?? error.Error?.Code ?? error.name,
      status: error.$metadata?.httpStatusCode,
      side: error.$fault,
      hasId: Boolean(error.$metadata?.requestId),
      message: error.message,
    };
    const right = {
      type: Shape.name,
      name: wanted.fault ?? code,
      code,
      status: wanted.status,
      side: "client",
      hasId: true,
      message: wanted.message ?? (seen.message || "a message"),
    };
    if (!isDeepStrictEqual(seen, right)) throw new Error(`${JSON.stringify(seen)}, not ${JSON.stringify(right)}`);
    return;
  }
  throw new Error(`is not refused: ${JSON.stringify(result)}`);
}

const at = (result, path) => path.split(".").reduce((value, part) => value?.[part], result);

function fits(found, wanted) {
  if (wanted === null || typeof wanted !== "object" || Array.isArray(wanted)) return isDeepStrictEqual(found, wanted);
  const [[kind, value]] = Object.entries(wanted);
  if (kind === "absent") return found === undefined;
  if (kind === "length") return Array.isArray(found) && found.length === value;
  if (kind === "tags") {
    return Array.isArray(found) && found.length === Object.keys(value).length
      && isDeepStrictEqual(Object.fromEntries(found.map((tag) => [tag.Key, tag.Value])), value);
  }
  if (value === "timestamp") return found instanceof Date && Math.abs(Date.now() - found.getTime()) < FAR;
  if (value === "integer") return Number.isInteger(found);
  return typeof found === value;
}

function filled(given, number) {
  const text = JSON.stringify(given).replaceAll("#", String(number));
  return Object.fromEntries(Object.entries(JSON.parse(text)).map(([key, value]) => {
    const many = value?.many;
    return [key, many ? Array.from({ length: many }, (_, at) => ({ Key: `k${at}`, Value: "v" })) : value];
  }));
}

/** Where the endpoint chooses freely, only that the SDK reads the answer, as a type of its own, is asked for. */
async function read(url, step, given) {
  const operation = step.call ?? step.until ?? step.pages;
  if (!operation) return;
  try {
    await call(url, operation, given, "right");
  } catch (error) {
    const Shape = elasticache[error.name];
    if (!(error instanceof elasticache.ElastiCacheServiceException) || !Shape || !(error instanceof Shape)) throw error;
    if (!error.$metadata.requestId || !error.message) throw new Error(`${error.name} without an id or a message`);
  }
  if (step.until) await new Promise((resolve) => setTimeout(resolve, 300));
}

async function until(url, step, given) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = at(await call(url, step.until, given, "right"), step.path);
    if (fits(found, step.value)) return;
    if (Date.now() > end) throw new Error(`${step.path} stays ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function pages(url, step, given) {
  const [client] = clientOf(url, step.pages);
  const found = [];
  for await (const page of elasticache[`paginate${step.pages}`]({ client, pageSize: step.size }, given)) {
    found.push(page[step.path].map((item) => item[step.key]));
  }
  const [pattern, count] = step.numbered;
  const numbers = Array.from({ length: count }, (_, at) => pattern.replace("#", String(at + 1)));
  const wanted = [...step.names, ...numbers].sort();
  if (!isDeepStrictEqual(found.flat().sort(), wanted)) throw new Error(`found ${found.flat().sort()}, not ${wanted}`);
  if (found.length < 2 || found.some((page) => page.length > step.size)) throw new Error(`${found.length} pages`);
}

async function one(url, step, number) {
  const given = filled(step.with, number);
  if (plan.lenient) {
    await read(url, step, given);
  } else if (step.wait) {
    const [client] = clientOf(url, step.wait);
    await elasticache[`waitUntil${step.wait}`]({ client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, given);
  } else if (step.until) {
    await until(url, step, given);
  } else if (step.pages) {
    await pages(url, step, given);
  } else if ("fault" in step) {
    await refused(url, step.call, given, step, step.as ?? "right");
  } else {
    const result = await call(url, step.call, given, step.as ?? "right");
    for (const [path, wanted] of Object.entries(step.is)) {
      const found = at(result, path);
      if (!fits(found, wanted)) throw new Error(`${path} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    }
  }
}

/** Where a rule is broken, the first step that shows it is enough. */
const isEnough = () => plan.brief && wrong.length > 0;

async function play() {
  for (const [server, name] of plan.lists) {
    for (const [at, step] of steps[name].entries()) {
      for (let turn = 1; turn <= (step.times ?? 1); turn += 1) {
        if (isEnough()) return;
        played += 1;
        await one(plan.servers[server], step, turn).catch((error) => {
          const asked = step.call ?? step.until ?? step.pages ?? step.wait;
          wrong.push(`${name} ${at + 1}, ${asked}, ${step.say}: ${error.message || error}`);
        });
      }
    }
  }
  for (const [code, url] of Object.entries(plan.controls)) {
    for (const [operation, declared] of Object.entries(plan.operations)) {
      if (!declared.includes(code) || !steps.samples[operation]) continue;
      if (isEnough()) return;
      played += 1;
      const wanted = { fault: plan.shapes[code], status: plan.statuses[code] };
      await refused(url, operation, steps.samples[operation], wanted, "right").catch((error) => {
        wrong.push(`${code}, ${operation}: ${error.message}`);
      });
    }
  }
}

async function main() {
  await play();
  for (const line of wrong) console.error(`${NAME}: ${line}`);
  const choice = plan.lenient ? ", choices" : "";
  console.log(`${NAME}${choice}: ${played} steps, ${wrong.length} not as they should be`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

main();
