// SPDX-License-Identifier: Apache-2.0
//
// Keeps the screen on during a lesson, where the browser can. The lock is lost whenever the page is hidden,
// so it is taken again when the page comes back.

export function keepScreenOn() {
  const take = () => {
    if (document.visibilityState === 'visible') navigator.wakeLock?.request('screen').catch(() => {});
  };
  document.addEventListener('visibilitychange', take);
  take();
}
