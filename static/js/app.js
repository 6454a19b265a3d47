// What every page does: says plainly when a request fails, keeps what was typed, and closes its menus.
(function () {
  "use strict";

  var SENTENCES = {
    400: "The server could not read that request. Nothing was changed.",
    401: "Your session has ended.",
    403: "You may not do this, or this page has been open too long. Nothing was changed. Reload the page and try again.",
    404: "This is not here, or it is not yours to see. Nothing was changed.",
    409: "Somebody else changed this in the meantime. Nothing of yours was saved; compare with the newest version before you save again.",
    412: "This was changed after you opened it. Nothing of yours was saved; compare with the newest version before you save again.",
    413: "That is too large to send. Nothing was changed.",
    428: "The server needs to know which version you are changing. Reload the page and try again.",
    429: "Too many requests in a short time. Please wait a moment and try again. Nothing was changed.",
    500: "Something went wrong on our side. Nothing was changed.",
    503: "The clinic's server is busy or being updated. Nothing was changed. Please try again in a moment.",
  };
  var UNREACHABLE = "The clinic's server cannot be reached. What you typed is still here. Check the connection and try again.";
  var KEPT = " What you typed is still on this page.";

  function icon(name) {
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    var use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    var known = document.querySelector("svg.icon use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", (known ? known.getAttribute("href").split("#")[0] : "") + "#" + name);
    svg.append(use);
    return svg;
  }

  function notice(text, level, extra) {
    var region = document.getElementById("notices");
    if (!region) {
      return;
    }
    region.querySelectorAll("[data-from-request]").forEach(function (old) {
      old.remove();
    });
    var box = document.createElement("div");
    box.className = "notice notice-" + level;
    box.setAttribute("data-from-request", "");
    box.setAttribute("role", level === "done" ? "status" : "alert");
    var body = document.createElement("div");
    body.textContent = text;
    (extra || []).forEach(function (node) {
      body.append(" ", node);
    });
    box.append(icon(level === "done" ? "circle-check" : "alert-octagon"), body);
    region.append(box);
    box.scrollIntoView({ block: "nearest" });
  }

  // The server's own words, where it sent some for people: problem+json, an element marked data-notice, or a short plain text.
  function ownWords(xhr) {
    var kind = xhr.getResponseHeader("Content-Type") || "";
    if (/json/.test(kind)) {
      try {
        return JSON.parse(xhr.responseText).detail || "";
      } catch (notJson) {
        return "";
      }
    }
    if (/html/.test(kind)) {
      var marked = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("[data-notice]");
      return marked ? marked.textContent.trim().replace(/\s+/g, " ") : "";
    }
    return /text\/plain/.test(kind) && xhr.responseText.length < 300 ? xhr.responseText : "";
  }

  function typedText() {
    return Array.from(document.querySelectorAll("main :is(input, textarea, select)")).some(function (field) {
      if (field.type === "checkbox" || field.type === "radio") {
        return field.checked !== field.defaultChecked;
      }
      if (field.tagName === "SELECT") {
        return Array.from(field.options).some(function (option) {
          return option.selected !== option.defaultSelected && (option.selected ? option.value : true);
        });
      }
      return field.type !== "hidden" && field.value !== field.defaultValue;
    });
  }

  function loginUrl() {
    return document.body.dataset.loginUrl || "/";
  }

  function isLogin(address) {
    return Boolean(address) && new URL(address, location.href).pathname === new URL(loginUrl(), location.href).pathname;
  }

  function link(text, address) {
    var anchor = document.createElement("a");
    anchor.textContent = text;
    anchor.href = address;
    anchor.target = "_blank";
    anchor.rel = "noopener";
    return anchor;
  }

  var waitingForLogin = false;

  function sessionEnded() {
    if (!typedText()) {
      location.assign(loginUrl() + "?next=" + encodeURIComponent(location.pathname + location.search));
      return;
    }
    waitingForLogin = true;
    notice(
      "Your session has ended. What you typed is still on this page and was not saved. Leave this page open, log in again in a new tab, then come back here and save.",
      "critical",
      [link("Log in in a new tab", loginUrl())]
    );
  }

  // After a new log in the old CSRF token is dead; a fresh copy of this page carries the new one.
  function takeFreshToken() {
    fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } })
      .then(function (response) {
        return response.ok && !isLogin(response.url) ? response.text() : "";
      })
      .then(function (html) {
        var fresh = html ? new DOMParser().parseFromString(html, "text/html").body : null;
        if (!fresh || !fresh.dataset.person) {
          return;
        }
        waitingForLogin = false;
        if (fresh.dataset.person !== document.body.dataset.person) {
          notice("Somebody else is logged in now. Copy what you need from this page, then reload it.", "critical");
          return;
        }
        document.body.setAttribute("hx-headers", fresh.getAttribute("hx-headers"));
        var token = JSON.parse(fresh.getAttribute("hx-headers"))["X-CSRFToken"];
        document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(function (field) {
          field.value = token;
        });
        notice("You are logged in again. What you typed is still here and not saved yet: save it now.", "done");
      })
      .catch(function () {
        notice(UNREACHABLE, "critical");
      });
  }

  document.addEventListener("visibilitychange", function () {
    if (waitingForLogin && document.visibilityState === "visible") {
      takeFreshToken();
    }
  });
  window.addEventListener("focus", function () {
    if (waitingForLogin) {
      takeFreshToken();
    }
  });

  // Before htmx follows HX-Redirect or swaps: a log-in page never lands in a chart, nor replaces typed text.
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    var xhr = event.detail.xhr;
    if (xhr.status === 401 || isLogin(xhr.getResponseHeader("HX-Redirect")) || isLogin(xhr.responseURL)) {
      event.preventDefault();
      sessionEnded();
    }
  });

  document.addEventListener("htmx:responseError", function (event) {
    var xhr = event.detail.xhr;
    var text = ownWords(xhr) || SENTENCES[xhr.status] || (xhr.status >= 500 ? SENTENCES[500] : SENTENCES[400]);
    var wait = xhr.getResponseHeader("Retry-After");
    if (wait && /^\d+$/.test(wait)) {
      text += " Try again in " + wait + (wait === "1" ? " second." : " seconds.");
    }
    var newest = [409, 412].indexOf(xhr.status) >= 0 ? [link("Open the newest version in a new tab", location.href)] : [];
    notice(text + (typedText() ? KEPT : ""), "critical", newest);
  });
  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function () {
      notice(UNREACHABLE, "critical");
    });
  });
  document.addEventListener("htmx:afterSwap", function () {
    document.querySelectorAll("#notices [data-from-request].notice-critical").forEach(function (old) {
      old.remove();
    });
  });

  // A list that asks again by itself (data-poll) waits while somebody works in it: rows never move under the hand.
  document.addEventListener("htmx:beforeRequest", function (event) {
    var asking = event.target;
    var byItself = !event.detail.requestConfig.triggeringEvent;
    if (asking.matches("[data-poll]") && byItself && (asking.contains(document.activeElement) || asking.querySelector("details[open]"))) {
      event.preventDefault();
    }
  });

  // An emergency access (data-ends-in, seconds) counts down, and with its end the page leaves: the record is closed.
  document.querySelectorAll("[data-ends-in]").forEach(function (banner) {
    var end = Date.now() + 1000 * Number(banner.dataset.endsIn);
    var ticking = setInterval(function () {
      var left = Math.max(0, Math.ceil((end - Date.now()) / 60000));
      banner.querySelector("[data-minutes]").textContent = left;
      if (left > 0) {
        return;
      }
      clearInterval(ticking);
      if (typedText()) {
        notice("The emergency access has ended. What you typed is still here, but cannot be saved to this record.", "critical");
      } else {
        location.assign("/");
      }
    }, 10000);
  });

  // A form marked data-guard asks before typed text is left behind.
  var leaving = false;
  document.addEventListener("submit", function (event) {
    leaving = !event.defaultPrevented;
  });
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && document.querySelector("form[data-guard]") && typedText()) {
      event.preventDefault();
    }
  });

  function closeMenus(except) {
    document.querySelectorAll("details:is([data-menu], .confirm)[open]").forEach(function (menu) {
      if (!except || !menu.contains(except)) {
        menu.open = false;
      }
    });
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target);
    var closer = event.target.closest("[data-closes]");
    if (closer) {
      var menu = closer.closest("details");
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("keydown", function (event) {
    var open = event.key === "Escape" && event.target.closest("details:is([data-menu], .confirm)[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  document.addEventListener("DOMContentLoaded", function () {
    var first = document.querySelector("[data-focus]");
    if (first) {
      first.focus();
    }
  });
})();
