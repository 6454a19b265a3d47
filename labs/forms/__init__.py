"""What the laboratory pages read."""

from labs.forms.entry import EntryForm, Problem, confirmed_in, typed_in
from labs.forms.judging import release_form, review_form

__all__ = ["EntryForm", "Problem", "confirmed_in", "release_form", "review_form", "typed_in"]
