"""Keys under which columns are kept that the catalog does not know."""

import re

KEY = re.compile(r"[a-z0-9_]{1,55}")


def is_kept_key(key: str) -> bool:
    return KEY.fullmatch(key) is not None
