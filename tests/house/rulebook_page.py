"""`python -m tests.house.rulebook_page` writes docs/rulebook.md, for the clinicians who review it."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from clinical.datafile import RULES_DIR, read_datafile
from clinical.evaluate import CONDITIONS
from clinical.protocols import concerns_of
from clinical.rule_entries import Number, RuleEntry
from clinical.rulebook import FILES, Rulebook, load_rulebook

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rulebook.md"
MARKS = "V read in the source, V2 in a secondary page, M from memory, C computed, D a default of this design"
GROUPS = {
    "axis": "The axis",
    "response": "Response to drugs",
    "paradox": "Semen that falls on a SERM",
    "semen": "Semen",
    "estradiol": "Estradiol and prolactin",
    "blood": "Blood, liver, prostate",
    "safety": "Symptoms and safety",
    "orders": "Orders",
    "data_quality": "Quality of the data",
    "expected": "Expected recovery",
    "other": "Judged elsewhere",
}


def page() -> str:
    """The whole page, made from the released files, the tests and the worked cases."""
    book = load_rulebook()
    return (
        "\n".join([*_head(book), *_rules(book), *_numbers(book), *_milestones(book), *_protocols(book)])
        + "\n"
    )


def _head(book: Rulebook) -> Iterator[str]:
    yield "# Rulebook"
    yield ""
    yield f"Version {book.version}. Made from `clinical/rules/` by `python -m tests.house.rulebook_page`; a"
    yield "test fails while the page says anything else. Findings are for clinicians and each suggestion is"
    yield 'worded as "consider": the software decides nothing.'
    yield ""
    yield "Marks say how far a statement was checked:"
    yield f"{MARKS}."
    yield ""
    yield "| file | version | status | written by | reviewed by | in effect from |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name in FILES:
        header, _ = read_datafile(RULES_DIR / f"{name}.yaml")
        yield (
            f"| `{name}` | {header.version} | {header.status.value} | {header.author} | {header.reviewer}"
            f" | {header.effective_on:%-d %b %Y} |"
        )


def _rules(book: Rulebook) -> Iterator[str]:
    grouped: dict[str, list[RuleEntry]] = defaultdict(list)
    for entry in book.rules.entries.values():
        condition = CONDITIONS.get(entry.id)
        grouped[condition.__module__.rpartition(".")[2] if condition else "other"].append(entry)
    for group, title in GROUPS.items():
        yield from ("", f"## {title}")
        for entry in grouped.pop(group):
            yield from _rule(entry, book.rules.numbers)
    if grouped:
        raise KeyError(f"Say in GROUPS what these rules are about: {', '.join(grouped)}.")


def _rule(entry: RuleEntry, numbers: Mapping[str, Number]) -> Iterator[str]:
    yield from ("", f"### {entry.id}. {entry.title}")
    severities = (f"{_grade(grade)}{kind.value}" for grade, kind in entry.severity.items())
    yield f"- **Severity:** {'; '.join(severities)}"
    yield f"- **When:** {entry.condition}"
    for grade, wording in entry.wording.items():
        yield f"- **Says:** {_grade(grade)}{wording}"
    yield f"- **Suggests:** {entry.suggestion}"
    if entry.numbers:
        yield f"- **Compares with:** {'; '.join(_limit(numbers[name]) for name in entry.numbers)}"
    if entry.hidden_by:
        yield f"- **Silent beside:** {', '.join(entry.hidden_by)}"
    yield f"- **Source:** {entry.source} ({entry.mark.value}); version {entry.version}, {entry.reviewer}"
    yield f"- **Tests:** {'; '.join(shown_by(entry.id))}"


def _grade(grade: str) -> str:
    return "" if grade == "default" else f"{grade}: "


def _limit(number: Number) -> str:
    return f"`{number.name}` {number.value:f} {number.unit}"


def _numbers(book: Rulebook) -> Iterator[str]:
    yield from ("", "## Numbers", "A clinic may set those marked so; a finding then says that it did.", "")
    yield "| name | value | meaning | source | mark | a clinic may set it |"
    yield "| --- | ---: | --- | --- | --- | --- |"
    for number in book.rules.numbers.values():
        yield (
            f"| `{number.name}` | {number.value:f} {number.unit} | {number.meaning} | {number.source}"
            f" | {number.mark.value} | {'yes' if number.clinic_may_set else 'no'} |"
        )


def _milestones(book: Rulebook) -> Iterator[str]:
    yield from (
        "",
        "## Milestones",
        "| | milestone | definition | source | mark |",
        "| --- | --- | --- | --- | --- |",
    )
    for one in book.rules.milestones.values():
        yield f"| {one.key} | {one.title} | {one.definition} | {one.source} | {one.mark.value} |"


def _protocols(book: Rulebook) -> Iterator[str]:
    yield from (
        "",
        "## Protocols",
        "The library that the product ships. Limits of triggers are numbers above.",
    )
    for row in book.protocols.by_key.values():
        content = row.content
        yield from ("", f"### {content.name}", content.aim, "")
        for each in content.components:
            when = f"add when {each.trigger.text}" if each.trigger else "at the effective stop"
            name = book.drugs[each.drug].name
            yield f"- **{name}** {each.dose_words(book.drug_table)}, {each.route_words()}: {when}"
        yield f"- **For:** {', '.join(content.goals)}; {'; '.join(content.suits)}"
        yield f"- **Not for:** {'; '.join(content.not_for)}"
        yield f"- **Stop or change:** {'; '.join(content.stop_rules)}"
        for one in concerns_of(content, catalogue=book.drug_table, conflicts=book.conflicts):
            yield f"- **{one.severity.value.capitalize()}:** {one.message} Source: {one.source}"
        yield f"- **Evidence:** {content.evidence}"
        yield f"- **Source:** {'; '.join(str(source) for source in content.sources)}"
        yield f"- **Version:** `{row.key}` {row.version}, {book.protocols.header.reviewer}"


def shown_by(rule: str) -> list[str]:
    """The tests that name a rule, by file, and the worked cases that expect it."""
    found = [f"`{path}` {', '.join(names)}" for path, names in _tests().get(rule, {}).items()]
    cases = _cases().get(rule, [])
    return found + ([f"cases {', '.join(cases)}"] if cases else [])


@cache
def _tests() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((ROOT / "tests" / "clinical").glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words = node.name.removeprefix("test_").replace("_", " ")
                for rule in _named_in(node):
                    found[rule][path.relative_to(ROOT).as_posix()].append(f'"{words}"')
    return found


def _named_in(test: ast.FunctionDef) -> set[str]:
    """The rules that a test bears in its name or asks for."""
    asked = {each.value for each in ast.walk(test) if isinstance(each, ast.Constant)}
    named = {f"R{number}" for number in re.findall(r"_r(\d\d)(?=_|$)", test.name)}
    return named | {each for each in asked if isinstance(each, str) and re.fullmatch(r"R\d\d", each)}


@cache
def _cases() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "clinical" / "cases").glob("*.json")):
        for rule in sorted(set(_flags_in(json.loads(path.read_text())))):
            found[rule].append(path.stem)
    return found


def _flags_in(case: Any) -> Iterator[str]:
    if isinstance(case, dict):
        case = list(case.values())
    if isinstance(case, list):
        for each in case:
            yield from _flags_in(each)
    elif isinstance(case, str) and (named := re.match(r"(R\d\d)\b", case)):
        yield named.group(1)


if __name__ == "__main__":
    PAGE.write_text(page())
