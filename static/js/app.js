// The little behaviour that pages need; every page works without it.
(() => {
  "use strict";

  // A hidden tab asks for nothing. (Event filters in hx-trigger would need eval, which the policy forbids.)
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.hasAttribute("data-polls")) {
      event.preventDefault();
    }
  });

  // Panels are swapped whole, so what changed is said by the page's one live region, which stays.
  const say = () => {
    const region = document.getElementById("live-region");
    const source = document.querySelector("[data-announce]");
    if (region && source && region.textContent !== source.dataset.announce) {
      region.textContent = source.dataset.announce;
    }
  };
  document.addEventListener("htmx:afterSwap", say);

  // Elapsed times go on counting between two answers.
  const tick = () => {
    for (const element of document.querySelectorAll("time[data-since]")) {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(element.dataset.since)) / 1000));
      const minutes = Math.floor(seconds / 60);
      const hours = Math.floor(minutes / 60);
      if (hours > 0) {
        element.textContent = `${hours} h ${minutes % 60} min`;
      } else {
        element.textContent = minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
      }
    }
  };
  window.setInterval(tick, 1000);

  // A second press of a button that was pressed already does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") {
      return;
    }
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    window.setTimeout(() => delete form.dataset.sent, 5000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
    }
  });

  // An act that cannot be taken back asks once more.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && !window.confirm(button.dataset.confirm)) {
      event.preventDefault();
    }
  });

  // A file that is too large is said to be before it is sent, not after.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("input[type=file][data-max-bytes]")) {
      const isTooLarge = [...input.files].some((file) => file.size > Number(input.dataset.maxBytes));
      input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
      input.reportValidity();
    }
  });

  const summary = document.querySelector(".error-summary");
  if (summary) {
    summary.focus();
  }
})();
