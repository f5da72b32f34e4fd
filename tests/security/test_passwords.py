"""Which passwords are taken, and that what looks the same is the same."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from app.security import passwords
from app.security.passwords import hash_password, needs_rehash, password_problem, verify_password


@pytest.fixture(autouse=True)
def at_full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As people get it; other tests hash cheaply."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    monkeypatch.setattr(passwords, "_decoy", passwords._made_up_hash())


def test_the_cost_is_the_one_that_rfc_9106_recommends() -> None:
    """Its second option: 64 MiB, three passes, four lanes."""
    found = extract_parameters(passwords.hash_password("four words of mine"))
    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 64 * 1024, 3, 4)


def problem(password: str) -> str:
    return password_problem(password, email="megan.cole@northside.example", name="Megan Cole")


@pytest.mark.parametrize(
    "password",
    [
        "mossy lantern quartz",
        "correct horse battery",
        "Tr7-wq0p!zzKe",
        "пароль из пяти слов",
        "日本語のパスワードは長いです",
        "megan likes turquoise boats",
    ],
)
def test_good_passwords(password: str) -> None:
    assert problem(password) == ""


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("elevenchars", "at least 12"),
        ("x" * 201, "at most 200"),
        ("aaaaaaaaaaaaaaa", "different characters"),
        ("abababababababab", "different characters"),
        ("password123456", "less common"),
        ("Passw0rd!Passw0rd!", "less common"),
        ("qwertyuiop1234", "less common"),
        ("0987654321qwerty", "less common"),
        ("abcdefghijklmnop", "less common"),
        ("welcomefivegate", "less common"),
        ("xk4q9!xk4q9!xk4q9!", "less common"),
        ("Summer2026Summer", "less common"),
        ("megan.cole@northside.example", "neither your name"),
        ("megancole2026!", "neither your name"),
        ("Northside-2026-megan", "neither your name"),
        ("mossy lantern\x00quartz", "control characters"),
    ],
)
def test_passwords_that_are_guessed_first(password: str, words: str) -> None:
    assert words in problem(password)


def test_the_same_letters_from_another_keyboard_fit() -> None:
    stored = hash_password("caf\u00e9 au lait noir")
    assert verify_password(stored, "cafe\u0301 au lait noir")
    assert not verify_password(stored, "cafe au lait noir")


def test_nobodys_password_never_fits() -> None:
    assert not verify_password(None, "nobody has this password")


def test_an_unreadable_hash_fits_nothing() -> None:
    assert not verify_password("no hash at all", "mossy lantern quartz")


def test_a_fresh_hash_needs_no_new_one() -> None:
    assert not needs_rehash(hash_password("mossy lantern quartz"))


def test_a_password_of_nobody_costs_what_a_real_one_costs() -> None:
    """Parameters decide the time; were the made-up hash malformed, it would be refused at once."""
    real, made_up = extract_parameters(passwords.hash_password("four words of mine")), extract_parameters(passwords._decoy)
    assert made_up == real
    assert not passwords.verify_password(None, "four words of mine")
    with pytest.raises(VerifyMismatchError):
        passwords._hasher.verify(passwords._decoy, "four words of mine")
