// SPDX-License-Identifier: Apache-2.0
//
// Looking at a page in both languages and at both sizes: nothing beyond the sides, nothing cut off, nothing too
// small, no control without a name.
import assert from 'node:assert/strict';
import { screenshot, SIZES, until } from './chromium.mjs';

/** What is wrong with the page as it stands; runs in the page. */
function faults({ smallestPx, mayScroll }) {
  const found = [];
  const { clientWidth, clientHeight, scrollWidth, scrollHeight } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`page is ${scrollWidth} px wide in ${clientWidth}`);
  if (!mayScroll && scrollHeight > clientHeight) found.push(`page is ${scrollHeight} px high in ${clientHeight}`);
  for (const element of document.querySelectorAll('body *')) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || style.visibility === 'hidden') continue;
    const name = `${element.tagName.toLowerCase()}.${element.className}`;
    const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
    if (hasText && parseFloat(style.fontSize) < smallestPx) found.push(`${name} is written in ${style.fontSize}`);
    if (box.left < -1 || box.right > clientWidth + 1) found.push(`${name} reaches beyond the side`);
    if (!mayScroll && (box.top < -1 || box.bottom > clientHeight + 1)) found.push(`${name} reaches beyond the page`);
    // A lesson in the timetable may be cut short: it is told in full when it is opened. What is unseen is read aloud.
    const isShort = element.closest('.fc-event, .unseen') !== null;
    if (hasText && !isShort && element.scrollWidth > element.clientWidth + 1 && style.display !== 'inline')
      found.push(`${name} is cut off: ${element.textContent.trim()}`);
  }
  for (const control of document.querySelectorAll('button, select, input, video')) {
    const label = control.labels?.[0]?.textContent ?? control.getAttribute('aria-label') ?? control.textContent;
    if (!label.trim()) found.push(`${control.outerHTML.slice(0, 60)} has no name`);
  }
  return found;
}

/** A timetable follows the window a moment later. */
const SETTLE_MS = 5000;

async function settledFaults(page, limits) {
  const deadline = Date.now() + SETTLE_MS;
  let found = await page.evaluate(faults, limits);
  while (found.length > 0 && Date.now() < deadline) {
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    found = await page.evaluate(faults, limits);
  }
  return found;
}

const LANGUAGES = [
  { code: 'zh-CN', other: '换成英文' },
  { code: 'en', other: 'Switch to Chinese' },
];

/** Looks at the page in both languages and at both sizes. */
export async function lookEverywhere(page, name, limits) {
  for (const { code, other } of LANGUAGES) {
    if ((await page.evaluate(() => document.documentElement.lang)) !== code) {
      await page.getByRole('button', { name: /换成英文|Switch to Chinese/ }).click();
    }
    await until(page, (lang) => document.documentElement.lang === lang, code);
    await page.getByRole('button', { name: other }).waitFor();
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await until(page, (width) => innerWidth === width, size.width);
      assert.deepEqual(await settledFaults(page, limits), [], `${name} ${code} ${size.width}×${size.height}`);
      await screenshot(page, `${name}-${code}-${size.width}`);
    }
  }
  assert.deepEqual(page.errors, []);
}
