"""The fixed texts of the portal that depend on what was found; their reading age is tested."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plain:
    """A title and a sentence in plain words."""

    title: str
    text: str


# What has no entry here is for the clinic only: it rests on scores, or needs more words than a list has.
MILESTONES = {
    "M1": Plain(
        "The signals are back",
        "The brain sends two signals to the testicles, called LH and FSH. Both can be measured again.",
    ),
    "M2": Plain(
        "The signals are strong enough",
        "LH and FSH, the signals from the brain, have reached the lab's range.",
    ),
    "M3": Plain("Testosterone is up", "Your testosterone is above the line that your clinic uses."),
    "M3s": Plain("Testosterone stayed up", "A later blood test found the same."),
    "M6": Plain(
        "Back to where you began", "Your testosterone is close to what it was before treatment, or above it."
    ),
    "M7": Plain(
        "Doing it without medicine", "Weeks after the last medicine, your blood tests still reach the range."
    ),
    "M8": Plain("First sperm", "The lab found sperm in your sample."),
    "M9": Plain("More sperm", "The lab counted 5 million or more in each mL."),
    "M10": Plain("Sperm count in the usual range", "The count has reached the lower limit that labs use."),
    "M11": Plain("More sperm that move", "The sample held more than 5 million sperm that move."),
    "M12": Plain("The whole semen test in range", "Two tests reached each limit that labs use."),
}

PREPARE_BLOOD = (
    "Come in the morning, between 7 and 10.",
    "Do not eat before the test. Water is fine.",
)
PREPARE_SEMEN = ("Do not ejaculate for at least 2 days before the test, and for no more than 7.",)

# What each test looks at, in a few words.
TESTS = {
    "TT": "the main male hormone",
    "FT": "the part of it that is free to work",
    "CFT": "the part of it that is free to work",
    "SHBG": "what carries testosterone in the blood",
    "LH": "a signal from the brain to make testosterone",
    "FSH": "a signal from the brain to make sperm",
    "E2": "a hormone made from testosterone",
    "PRL": "another hormone from the brain",
    "HCT": "how much of the blood is red cells",
    "HGB": "what carries oxygen in the blood",
    "PSA": "a test for the prostate",
    "ALT": "a test for the liver",
    "AST": "a test for the liver",
    "SVOL": "how much there was",
    "SCONC": "how many there are in each mL",
    "SMOT": "how many of them move",
    "SPR": "how many of them move forward",
    "SMORPH": "how many have the usual shape",
}
PLACES = {"below": "below the range", "within": "in the range", "above": "above the range"}
