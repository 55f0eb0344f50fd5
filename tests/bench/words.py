"""Texts that look like changes: few words stand in many of them, many words in few."""

from itertools import accumulate
from random import Random

_ONSETS = "b br c ch d dr f fl g gr h j k l m n p pr qu r s sh st t tr v w z"
_VOWELS = "a e i o u ai ea oa"
_CODAS = "ck d g l m n nd r rd rt sh st t x"
VOCABULARY = 8000

VERBS = "Deploy Upgrade Rotate Migrate Resize Restart Patch Enable Retire Reindex"
VERB_WEIGHTS = [40, 14, 6, 8, 6, 10, 8, 4, 2, 2]
OBJECTS = (
    "release|certificates|schema|cluster|cache|gateway|queue workers|kernel|feature flag|firewall"
)

PLANS = {
    "implementation_plan": "Apply the manifest with the pipeline, one zone after the other, and",
    "test_plan": "Smoke tests on staging, then the synthetic checkout in production, watching",
    "rollback_plan": "Redeploy the previous revision from the registry and restore the snapshot of",
    "monitoring_plan": "Error rate, latency and saturation on the service board for one hour after",
}


class Words:
    """Draws words by Zipf's law from a vocabulary that is always the same."""

    def __init__(self) -> None:
        rng = Random(1)
        onsets, vowels, codas = _ONSETS.split(), _VOWELS.split(), _CODAS.split()
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            parts = (rng.choice(onsets) + rng.choice(vowels) for _ in range(rng.choice((1, 2, 2))))
            found["".join(parts) + rng.choice(codas)] = None
        self.all = list(found)
        self._weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def some(self, rng: Random, count: int) -> str:
        """A sentence of this many words."""
        return " ".join(rng.choices(self.all, cum_weights=self._weights, k=count)).capitalize()

    def title(self, rng: Random, service: str) -> str:
        """`Rotate certificates of checkout-17 zebord`"""
        verb = rng.choices(VERBS.split(), VERB_WEIGHTS)[0]
        return f"{verb} {rng.choice(OBJECTS.split('|'))} of {service} {self.some(rng, 2).lower()}"

    def plans(self, rng: Random) -> dict[str, str]:
        """The four plans, each a sentence with a few words of its own."""
        return {name: f"{text} {self.some(rng, 4).lower()}." for name, text in PLANS.items()}
