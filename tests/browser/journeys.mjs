// What a person does in the sandbox's pages and in ours, done in Chromium.
//
// Each journey has a page of its own, which must run without an error, without a violation of its
// Content-Security-Policy and without a dialog. One line per check on stdout; the exit code is 0 only
// if every check held.
//
// usage: node journeys.mjs --url ORIGIN --chromium PATH [--token TOKEN] [--binary PATH] [--shots FOLDER] journey...
//
// The origin is a sandbox's; for `door` that of one that asks for the token, for `signing-in` that of a
// server at which people sign in. The folder gets a picture of each page in each shape.

import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { account } from './account.mjs';
import { acting } from './acting.mjs';
import { faults, webhooks } from './activity.mjs';
import { consent } from './consent.mjs';
import { device } from './device.mjs';
import { door } from './door.mjs';
import { live } from './live.mjs';
import { login } from './login.mjs';
import { picture } from './shapes.mjs';
import { signingIn } from './signing-in.mjs';
import { stepUp } from './step-up.mjs';

const JOURNEYS = { consent, device, live, acting, webhooks, faults, door, login, 'signing-in': signingIn, 'step-up': stepUp, account };
const STEP_TIMEOUT_MS = 15_000;
const JOURNEY_TIMEOUT_MS = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(['url', 'chromium', 'token', 'binary', 'shots'].map((name) => [name, { type: 'string' }])),
});
const unknown = positionals.filter((name) => !JOURNEYS[name]);
if (!values.url || !values.chromium || positionals.length === 0 || unknown.length > 0) {
  console.error(`usage: journeys.mjs --url ORIGIN --chromium PATH [--token TOKEN] [--binary PATH] [--shots FOLDER] ${Object.keys(JOURNEYS).join(' | ')}`);
  process.exit(2);
}
if (values.shots) picture.folder = values.shots;

let failed = 0;
const tell = (name, isGood, text, found) => {
  if (!isGood) failed += 1;
  const rest = isGood || found === undefined ? '' : `; found ${JSON.stringify(found)}`;
  console.log(`${isGood ? 'ok    ' : 'FAILED'}  ${name}: ${text}${rest}`);
};

/** What must never happen in a page; a refusal that a journey provokes is no problem. */
function watch(page) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('console', (line) => {
    const isRefusal = /^Failed to load resource: .* (4|5)[0-9]{2} /.test(line.text());
    if (['error', 'warning'].includes(line.type()) && !isRefusal) problems.push(line.text());
  });
  return problems;
}

async function run(browser, name) {
  const context = await browser.newContext();
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const page = await context.newPage();
  const problems = watch(page);
  const check = (text, isGood, found) => tell(name, Boolean(isGood), text, found);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the journey takes too long')), JOURNEY_TIMEOUT_MS);
  });
  try {
    await Promise.race([JOURNEYS[name]({ page, ...values, check }), late]);
  } catch (error) {
    tell(name, false, error.message);
  } finally {
    clearTimeout(timer);
  }
  tell(name, problems.length === 0, 'no error, no violation, no dialog', problems);
  await context.close();
}

// Chromium's own sandbox does not work for root.
const browser = await chromium.launch({
  executablePath: values.chromium,
  chromiumSandbox: process.getuid?.() !== 0,
});
try {
  for (const name of positionals) await run(browser, name);
} finally {
  await browser.close();
}
process.exit(failed > 0 ? 1 : 0);
