// Before anything is drawn: the colours that were chosen last time.

'use strict';

(() => {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
