// What a person does in the sandbox's pages, done in Chromium.
//
// Each journey has a page of its own, which must run without an error, without a violation of its
// Content-Security-Policy and without a dialog. One line per check on stdout; the exit code is 0 only
// if every check held.
//
// usage: node journeys.mjs --url ORIGIN --chromium PATH [--token TOKEN] [journey...]

import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { acting } from './acting.mjs';
import { faults, webhooks } from './activity.mjs';
import { consent } from './consent.mjs';
import { device } from './device.mjs';
import { door } from './door.mjs';
import { live } from './live.mjs';

const JOURNEYS = { consent, device, live, acting, webhooks, faults, door };
// That of a sandbox that asks for a token; the others need one that does not.
const BEHIND = 'door';
const STEP_TIMEOUT_MS = 15_000;
const JOURNEY_TIMEOUT_MS = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string' }, chromium: { type: 'string' }, token: { type: 'string' } },
});
const unknown = positionals.filter((name) => !JOURNEYS[name]);
if (!values.url || !values.chromium || unknown.length > 0) {
  console.error(`usage: journeys.mjs --url ORIGIN --chromium PATH [--token TOKEN] [${Object.keys(JOURNEYS).join(' | ')}]`);
  process.exit(2);
}

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
    await Promise.race([JOURNEYS[name]({ page, url: values.url, token: values.token, check }), late]);
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
  const all = Object.keys(JOURNEYS).filter((name) => name !== BEHIND);
  for (const name of positionals.length > 0 ? positionals : all) await run(browser, name);
} finally {
  await browser.close();
}
process.exit(failed > 0 ? 1 : 0);
