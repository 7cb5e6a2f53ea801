// The page of a sandbox that other machines reach: it asks for the token, and keeps it out of the address.

import { person } from './api.mjs';
import { everyShape } from './shapes.mjs';

export async function door({ page, url, token, check }) {
  const answer = await page.goto(`${url}/_sandbox/?tab=faults`);
  check('nobody gets in without the token', answer.status() === 401, answer.status());
  await everyShape({ page, check }, 'the door');
  const field = page.getByLabel('Administration token');
  await field.fill('a guess');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').waitFor();
  check('a wrong token is told', (await page.getByRole('alert').textContent()).includes('not the token'));
  await everyShape({ page, check }, 'a wrong token');
  await field.fill(token);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.locator('#connection', { hasText: /^live$/ }).waitFor();
  check('the token opens the page', new URL(page.url()).pathname === '/_sandbox/', page.url());
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === 'sandbox-admin');
  check('the cookie is for this site and no script', cookie.httpOnly && cookie.sameSite === 'Lax' && !cookie.value.includes(token), cookie);
  await page.getByRole('tab', { name: 'Faults' }).click();
  await page.getByRole('button', { name: 'Set the fault' }).click();
  await page.getByText('Refuse with 429').waitFor();
  const bob = person(url, 'sandbox-bob');
  const refused = await bob.me().then(() => 'answered', (error) => error.message);
  check('and lets one act', refused.includes('429'), refused);

  // An open page that loses its cookie signs itself out.
  await page.goto('about:blank');
  await page.context().clearCookies();
  await page.goto(`${url}/_sandbox/?tab=meetings&token=${token}`);
  await page.locator('#connection', { hasText: /^live$/ }).waitFor();
  check('a link with the token opens it too, and the address loses it', !page.url().includes(token) && page.url().includes('tab=meetings'), page.url());
  // First away from the page, which would otherwise go to the form by itself.
  await page.goto('about:blank');
  await page.context().clearCookies();
  await page.setContent(`<a href="${url}/_sandbox/?token=${token}">The sandbox</a>`);
  await page.getByRole('link', { name: 'The sandbox' }).click();
  await page.locator('#connection', { hasText: /^live$/ }).waitFor();
  check('so does one on a page of another site', !page.url().includes(token), page.url());
  await page.context().clearCookies();
  // A change wakes the page, and what it asks then is refused.
  await bob.me();
  await page.getByLabel('Administration token').waitFor();
  check('a page that lost its cookie asks again', true);
}
