// A page in the shapes in which people see it: light and dark, wide and on a phone, and for axe.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Where pictures go of what the checks see; nowhere, unless somebody wants to look. */
export const picture = { folder: undefined };

async function taken(page, what) {
  if (!picture.folder) return;
  const name = `${what.replaceAll(/[^a-z]+/gi, '-')}.png`;
  await page.screenshot({ path: join(picture.folder, name) });
}

/** No rule of axe is broken on what is shown now. */
export async function accessible({ page, check }, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target }) => target.join(' ')).join(', ')}`);
  });
  check(`${what}: axe finds nothing`, found.length === 0, found);
}

/** Looks at a page in every shape; leaves it wide and light. */
export async function everyShape({ page, check }, what) {
  const grounds = new Set();
  for (const [size, viewport] of Object.entries({ phone: PHONE, wide: WIDE })) {
    for (const colorScheme of ['dark', 'light']) {
      // Without motion, so that no colour is half way to another.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(viewport);
      const { ground, width, cut } = await page.evaluate(() => ({
        ground: getComputedStyle(document.body).backgroundColor,
        width: document.documentElement.scrollWidth,
        cut: [...document.querySelectorAll('.card :is(button, .button)')]
          .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText),
      }));
      grounds.add(ground);
      check(`${what}, ${size} and ${colorScheme}: every button is as wide as its words`, cut.length === 0, cut);
      check(`${what}, ${size} and ${colorScheme}: nothing sticks out`, width <= viewport.width, width);
      await accessible({ page, check }, `${what}, ${size} and ${colorScheme}`);
      await taken(page, `${what} ${size} ${colorScheme}`);
    }
  }
  check(`${what}: dark is not light`, grounds.size === 2, [...grounds]);
}
