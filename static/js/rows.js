// The keyboard of lists: j and k walk the rows of [data-rowlist], Enter opens, other letters press what names them.
(function () {
  "use strict";

  function lists() {
    return Array.from(document.querySelectorAll("[data-rowlist]"));
  }

  function rows() {
    return lists().flatMap(function (list) {
      return Array.from(list.querySelectorAll("[data-row]"));
    });
  }

  function typing(target) {
    return target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]");
  }

  var place = -1;

  function go(index) {
    var all = rows();
    if (!all.length) {
      return;
    }
    place = Math.max(0, Math.min(index, all.length - 1));
    var row = all[place];
    row.setAttribute("tabindex", "-1");
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function here() {
    var row = document.activeElement && document.activeElement.closest("[data-row]");
    return row ? rows().indexOf(row) : -1;
  }

  function press(letter) {
    var row = rows()[here()];
    var target = row && row.querySelector('[data-key="' + CSS.escape(letter) + '"]');
    if (target) {
      target.click();
    }
    return Boolean(target);
  }

  function open() {
    var row = document.activeElement;
    var target = row && row.matches("[data-row]") && (row.querySelector("[data-open]") || row.querySelector("a[href]"));
    if (target) {
      target.click();
    }
    return Boolean(target);
  }

  function search() {
    var box = document.querySelector("[data-search]");
    if (box) {
      box.focus();
      box.select();
    }
    return Boolean(box);
  }

  var DEEDS = {
    j: function () {
      var at = here();
      go(at < 0 ? Math.max(place, 0) : at + 1);
      return rows().length > 0;
    },
    k: function () {
      var at = here();
      go(at < 0 ? Math.max(place, 0) : at - 1);
      return rows().length > 0;
    },
    Enter: open,
    "/": search,
    "?": function () {
      help().showModal();
      return true;
    },
  };

  // A page turns single keys off with data-keys="off" on the body (speech input types letters by accident).
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    if (document.body.dataset.keys === "off" || typing(event.target)) {
      if (event.key === "Escape" && event.target.matches("[data-search]")) {
        event.target.blur();
      }
      return;
    }
    var deed = DEEDS[event.key];
    if (deed ? deed() : /^[a-z]$/.test(event.key) && press(event.key)) {
      event.preventDefault();
    }
  });

  document.addEventListener("focusin", function () {
    var at = here();
    if (at >= 0) {
      place = at;
    }
  });

  // A row that was dealt with leaves the list; the keyboard stays where it was instead of falling to the top.
  var wasInRow = false;
  document.addEventListener("htmx:beforeSwap", function () {
    wasInRow = here() >= 0;
  });
  document.addEventListener("htmx:afterRequest", function () {
    if (wasInRow && here() < 0 && (document.activeElement === document.body || !document.activeElement)) {
      go(place);
    }
    wasInRow = false;
  });

  var KEYS = [
    ["/", "Find a patient"],
    ["j", "Next row"],
    ["k", "Row before"],
    ["Enter", "Open the row"],
    ["a", "Acknowledge, on a flag"],
    ["?", "This list"],
  ];

  function help() {
    var dialog = document.getElementById("keys-help");
    if (dialog) {
      return dialog;
    }
    dialog = document.createElement("dialog");
    dialog.id = "keys-help";
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", "keys-help-title");
    var title = document.createElement("h2");
    title.id = "keys-help-title";
    title.textContent = "Keyboard";
    var list = document.createElement("dl");
    list.className = "defs";
    KEYS.forEach(function (pair) {
      var term = document.createElement("dt");
      var key = document.createElement("kbd");
      var meaning = document.createElement("dd");
      key.textContent = pair[0];
      meaning.textContent = pair[1];
      term.append(key);
      list.append(term, meaning);
    });
    var form = document.createElement("form");
    form.method = "dialog";
    var close = document.createElement("button");
    close.className = "btn btn-plain";
    close.textContent = "Close";
    form.append(close);
    dialog.append(title, list, form);
    document.body.append(dialog);
    return dialog;
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-keys-help]").forEach(function (button) {
      button.hidden = rows().length === 0;
      button.addEventListener("click", function () {
        help().showModal();
      });
    });
  });
})();
