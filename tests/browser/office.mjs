// SPDX-License-Identifier: Apache-2.0
//
// What every test of an office's page does: signing in, opening a section, looking at the dialog.

export const open = (page, name) => page.getByRole('navigation').getByRole('link', { name }).click();
export const dialog = (page) => page.getByRole('dialog');

export async function signIn(page, { login, password }) {
  await page.getByLabel('账号').fill(login);
  await page.getByLabel('密码').fill(password);
  await page.keyboard.press('Enter');
}

/** Smallest letters of an office's page, and that it may be longer than the screen. */
export const OFFICE_LIMITS = { smallestPx: 16, mayScroll: true };
