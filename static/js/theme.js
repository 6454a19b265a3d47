// Light or dark: the saved choice, else what the device prefers. The word is the only thing this product stores in a browser.
(function () {
  "use strict";
  var KEY = "theme";
  var prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

  // htmx would keep the address of the page, which may hold a name that was searched for: it is refused, and copes.
  var setItem = window.Storage.prototype.setItem;
  window.Storage.prototype.setItem = function (key, value) {
    if (key !== KEY || (value !== "dark" && value !== "light")) {
      throw new DOMException("Only the choice of light or dark is stored here.", "QuotaExceededError");
    }
    setItem.call(this, key, value);
  };

  function saved() {
    try {
      var word = window.localStorage.getItem(KEY);
      return word === "dark" || word === "light" ? word : null;
    } catch (refused) {
      // Storage may be forbidden by the browser; then the device's preference is all there is.
      return null;
    }
  }

  function save(word) {
    try {
      window.localStorage.setItem(KEY, word);
    } catch (refused) {
      return;
    }
  }

  function apply(word) {
    document.documentElement.setAttribute("data-bs-theme", word || (prefersDark.matches ? "dark" : "light"));
  }

  apply(saved());
  prefersDark.addEventListener("change", function () {
    apply(saved());
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-theme-toggle]").forEach(function (button) {
      button.hidden = false;
    });
  });

  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-theme-toggle]")) {
      return;
    }
    var next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    save(next);
    apply(next);
  });
})();
