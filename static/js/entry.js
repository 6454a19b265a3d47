// The keyboard of the entry grid: Enter goes down, a pasted block fills rows, Ctrl+Enter finalises. All of it also works without.
(function () {
  "use strict";

  var form = document.querySelector("[data-entry]");
  if (!form) {
    return;
  }

  function rows() {
    return Array.from(form.querySelectorAll("[data-analyte]"));
  }

  function box(row) {
    return row.querySelector("[data-value]");
  }

  function unitOf(row) {
    return row.querySelector("[data-unit]");
  }

  function changed(field) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function isShown(row) {
    var fold = row.closest("details");
    return !fold || fold.open;
  }

  // Enter: from a value to its unit where that is still open, else to the next row; after the last, to the end.
  function next(row, from) {
    var unit = unitOf(row);
    if (from === box(row) && unit && !unit.value && from.value.trim()) {
      return unit;
    }
    var all = rows().filter(isShown);
    var after = all[all.indexOf(row) + 1];
    return after ? box(after) : form.querySelector("[data-finalise]");
  }

  form.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing) {
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-finalise]"));
      return;
    }
    var row = event.target.closest("[data-analyte]");
    if (row && event.target.matches("[data-value], [data-unit]")) {
      event.preventDefault();
      var target = next(row, event.target);
      target.focus();
      if (target.select) {
        target.select();
      }
    }
  });

  // A block copied from a report: analyte, value and unit in columns, or values alone from this row downwards.
  function plain(text) {
    return text.toLowerCase().replace(/[^a-z0-9]+/g, "");
  }

  function named(text) {
    var wanted = plain(text);
    return rows().find(function (row) {
      return wanted && (wanted === plain(row.dataset.analyte) || wanted === plain(row.dataset.name));
    });
  }

  function chooseUnit(row, text) {
    var unit = unitOf(row);
    if (!unit) {
      return;
    }
    var match = Array.from(unit.options).find(function (option) {
      return option.value && (option.value === text || option.textContent === text);
    });
    // A unit that is not known stays open: the proposed one would be a guess.
    unit.value = match ? match.value : "";
    unit.dataset.touched = "";
  }

  function fill(row, value, unit) {
    var fold = row.closest("details");
    if (fold) {
      fold.open = true;
    }
    box(row).value = value;
    row.classList.add("is-pasted");
    if (unit !== undefined) {
      chooseUnit(row, unit);
    }
    changed(box(row));
  }

  function cellsOf(line) {
    return line.split(/\t|;| {2,}/).map(function (cell) {
      return cell.trim();
    });
  }

  function say(text) {
    var place = form.querySelector("[data-paste-result]");
    place.textContent = text;
    place.className = "entry-restored";
  }

  form.addEventListener("paste", function (event) {
    var start = event.target.closest("[data-analyte]");
    var text = event.clipboardData ? event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").trim() : "";
    if (!start || !event.target.matches("[data-value]") || !/[\n\t]/.test(text)) {
      return;
    }
    event.preventDefault();
    var lines = text.split("\n").filter(function (line) {
      return line.trim();
    });
    var below = rows().slice(rows().indexOf(start));
    var byName = lines.some(function (line) {
      return named(cellsOf(line)[0]);
    });
    var left = [];
    var filled = 0;
    lines.forEach(function (line, index) {
      var cells = cellsOf(line);
      var row = byName ? named(cells.shift()) : below[index];
      if (!row || !cells[0]) {
        left.push(line.trim());
        return;
      }
      fill(row, cells[0], cells[1]);
      filled += 1;
    });
    say(filled + " of " + lines.length + " lines pasted." + (left.length ? " Not recognised: " + left.join(" | ") : " Check each value and unit against the report."));
  });

  // One press puts a row into the unit that was offered, and only that row.
  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-meant]");
    if (!button) {
      return;
    }
    event.preventDefault();
    var key = button.value.split(" ")[0];
    var unit = document.getElementById("id_unit-" + key);
    unit.value = button.dataset.meant;
    unit.dataset.touched = "";
    changed(unit);
    unit.focus();
  });

  form.addEventListener("change", function (event) {
    if (event.target.matches("[data-unit]") && event.isTrusted) {
      event.target.dataset.touched = "";
    }
  });

  // Another laboratory: rows still empty take its units; where a value stands already, the server asks.
  function proposeUnits() {
    var laboratory = form.elements.laboratory.value;
    var known = form.querySelector("[data-units-of]");
    if (known.value === laboratory) {
      return;
    }
    var all = true;
    rows().forEach(function (row) {
      var unit = unitOf(row);
      if (!unit) {
        return;
      }
      if (box(row).value.trim()) {
        all = all && "touched" in unit.dataset;
      } else {
        unit.value = document.getElementById("range-" + row.dataset.analyte).dataset.proposed;
        delete unit.dataset.touched;
      }
    });
    if (all) {
      known.value = laboratory;
    }
  }

  function tint() {
    rows().forEach(function (row) {
      var notes = document.getElementById("notes-" + row.dataset.analyte);
      var stops = notes.querySelector(".field-error:not(.field-concern)");
      row.classList.toggle("has-error", Boolean(stops));
      row.classList.toggle("has-concern", !stops && Boolean(notes.querySelector(".field-concern")));
    });
  }

  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.successful && event.target.matches("[data-check]")) {
      tint();
      proposeUnits();
    }
  });
})();
