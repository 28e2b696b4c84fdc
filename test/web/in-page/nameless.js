// What can be used and has no name that a screen reader could say.
[...document.querySelectorAll('button, input, meter, [role]:not([role=alert])')]
  .filter((each) => !(each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length > 0))
  .map((each) => each.outerHTML.slice(0, 80));
