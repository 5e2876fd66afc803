"""The texts of the page, as its tests look for them."""

import json

from support.paths import ROOT

TEXTS = json.loads((ROOT / "site" / "texts.json").read_text(encoding="utf-8"))
ENGLISH, KOREAN = TEXTS["en"], TEXTS["ko"]
