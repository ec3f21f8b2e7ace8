"""US postal addresses: the form of a state and of a ZIP code."""

import re

STATE = re.compile(r"[A-Z]{2}")
ZIP_CODE = re.compile(r"\d{5}(-\d{4})?")
