"""Reading YAML: by libyaml where PyYAML was built with it, which is several times faster at every start."""

from typing import Any

import yaml
from yaml import YAMLError

__all__ = ["YAMLError", "read_yaml"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """What a text in YAML says, plain values only; YAMLError where it is none."""
    return yaml.load(text, Loader=_LOADER)
