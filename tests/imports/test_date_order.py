"""Which way dates are read is told by most of them, not by the few that are wrong."""

import pytest

from app.imports.field_map import suggest
from app.imports.files.profile import profile


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["31/02/2026"] * 5 + ["01/02/2026", "02/03/2026"] * 40 + ["01/31/2026"] * 50, "mdy"),
        (["01/02/2026", "02/03/2026", "03/04/2026", "04/05/2026"] * 10 + ["31/01/2026 08:15"], "dmy"),
        (["02/13/2026"] * 3 + ["13/02/2026"] * 97, "dmy"),
        (["01/02/2026", "03/04/2026"], "mdy"),
        (["01.02.2026", "03.04.2026"], "dmy"),
        (["2026-02-01"], "ymd"),
    ],
)
def test_most_dates_of_a_column_tell_their_order(cells: list[str], order: str) -> None:
    (column,) = profile(["Call Date"], [[cell] for cell in cells])
    (field,) = suggest("calls", [column])
    assert field.target == "received_on"
    assert field.transform.dates == order


@pytest.mark.parametrize("title", ["Caller Phone Number", "Caller Number", "caller_phone", "From", "Customer Phone"])
def test_the_number_of_a_caller_is_known_by_its_titles(title: str) -> None:
    (column,) = profile([title], [["2015550100"], ["2015550101"]])
    (field,) = suggest("calls", [column])
    assert field.target == "phone"
