"""Words users see, from YAML catalogues: one file per language beside the page that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

LANGUAGES = ("zh", "en")


@lru_cache(maxsize=32)
def catalogue(folder: Path, language: str) -> Mapping[str, str]:
    """All texts of `folder/<language>.yaml`; an unknown language reads English.

    :raises FileNotFoundError: if the catalogue is not there.
    """
    path = folder / f"{language if language in LANGUAGES else 'en'}.yaml"
    return {str(key): str(text) for key, text in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def preferred_language(asked: str | None, accepted: str | None, default: str = "zh") -> str:
    """The page's language: what the address asks for, else the browser's first that we have, else `default`.

    :param accepted: the HTTP header `Accept-Language` (RFC 9110, section 12.5.4); read in its order.
    """
    if asked in LANGUAGES:
        return str(asked)
    for part in (accepted or "").split(","):
        language = part.split(";")[0].strip().split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return default
