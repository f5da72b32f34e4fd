"""The list of checks, the gates and the folder agree."""

from pathlib import Path

import app.readiness.checks
from app.readiness.facets import FACETS
from app.readiness.gates import CHECKS
from app.readiness.registry import REGISTRY, check_of


def test_each_check_of_a_gate_is_asked_by_one_function_in_its_order() -> None:
    assert [check.key for check in REGISTRY] == [spec.key for spec in CHECKS]


def test_the_list_is_the_folder() -> None:
    folder = Path(app.readiness.checks.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == {check.key.replace("-", "_") for check in REGISTRY}


def test_checks_rest_on_known_facets_and_each_facet_matters_to_one() -> None:
    used = {facet for check in REGISTRY for facet in check.facets}
    assert used <= FACETS.keys()
    assert FACETS.keys() - used == set()
    assert all(check.facets for check in REGISTRY)


def test_a_check_is_found_by_its_key() -> None:
    assert check_of("qa").key == "qa"
