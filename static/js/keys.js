// Security keys: shows their buttons where the browser knows keys, and says in words why one was not taken.
(function () {
  "use strict";
  var WHY = {
    InvalidStateError: "This key is already set up for you. Use another one.",
    NotAllowedError: "The key was not used: the browser's question was closed, or nobody touched the key in time. Please try again.",
    SecurityError: "This browser uses security keys only at the clinic's own address, over a secure connection.",
  };
  var OTHERWISE = "The key could not be used. Please try again, or use another way.";

  document.addEventListener("DOMContentLoaded", function () {
    var known = Boolean(window.PublicKeyCredential);
    document.querySelectorAll("[data-needs-key]").forEach(function (part) {
      part.hidden = !known;
    });
    document.querySelectorAll("[data-no-key]").forEach(function (part) {
      part.hidden = known;
    });
  });

  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    var region = document.querySelector("[data-key-answer]");
    if (region) {
      region.textContent = WHY[event.detail.exception && event.detail.exception.name] || OTHERWISE;
      region.hidden = false;
    }
  });
})();
